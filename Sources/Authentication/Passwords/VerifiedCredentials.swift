/// Which credentials were right a moment ago, so that not every request hashes a password.
///
/// Pure: what time it is, it is told. Its keys are keyed hashes: how long it takes to find one tells nothing of a
/// password.
struct VerifiedCredentials: Sendable {
    /// How long they count.
    static let lifetime = Duration.seconds(300)

    /// When they end.
    private var ends: [[UInt8]: ContinuousClock.Instant] = [:]
    private let limit: Int

    init(limit: Int = 10_000) { self.limit = limit }

    var count: Int { ends.count }

    func contains(_ key: [UInt8], at now: ContinuousClock.Instant) -> Bool {
        ends[key].map { now < $0 } ?? false
    }

    /// They were found right at `now`. Where there is no room, those that ended go, or else the oldest.
    mutating func insert(_ key: [UInt8], at now: ContinuousClock.Instant) {
        if ends[key] == nil, ends.count >= limit {
            // Looking at all takes far less than the hashing that came before.
            ends = ends.filter { now < $0.value }
            if ends.count >= limit, let oldest = ends.min(by: { $0.value < $1.value }) { ends[oldest.key] = nil }
        }
        ends[key] = now + Self.lifetime
    }
}
