internal import RegistryCore

/// How many different passwords are being tried at once, by user and address together.
///
/// An attempt that fails counts until its delay is over, also where its client did not wait for the answer: or else
/// delays would hold up nobody who asks in parallel.
struct AttemptCounts: Sendable {
    struct Origin: Sendable, Hashable {
        var user: UserName
        var address: String
    }

    static let most = 8

    private var counts: [Origin: Int] = [:]

    var isEmpty: Bool { counts.isEmpty }

    /// False: there are too many already.
    mutating func begin(_ origin: Origin) -> Bool {
        let count = counts[origin, default: 0]
        guard count < Self.most else { return false }
        counts[origin] = count + 1
        return true
    }

    mutating func end(_ origin: Origin) {
        let count = counts[origin, default: 0] - 1
        counts[origin] = count > 0 ? count : nil
    }
}
