/// Tokens that were verified, found again by their hashes.
///
/// In two halves: when the younger is full it becomes the older, which is forgotten. What is asked for again moves to the
/// younger one, so that it takes no sorting to keep what is in use.
struct VerifiedTokens: Sendable {
    struct Entry: Sendable {
        var kid: String
        var claims: AccessTokenClaims
    }

    private let half: Int
    private var young: [SHA256Digest: Entry] = [:]
    private var old: [SHA256Digest: Entry] = [:]

    init(capacity: Int) {
        half = max(1, capacity / 2)
    }

    var count: Int { young.count + old.count }

    mutating func entry(_ hash: SHA256Digest) -> Entry? {
        if let entry = young[hash] { return entry }
        guard let entry = old.removeValue(forKey: hash) else { return nil }
        insert(entry, hash)
        return entry
    }

    mutating func insert(_ entry: Entry, _ hash: SHA256Digest) {
        old[hash] = nil
        young[hash] = entry
        guard young.count >= half else { return }
        old = young
        young = [:]
    }

    mutating func remove(_ hash: SHA256Digest) {
        young[hash] = nil
        old[hash] = nil
    }
}
