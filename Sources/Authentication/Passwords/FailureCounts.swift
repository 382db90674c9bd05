/// How often passwords, or tokens, were wrong of late, by whom they were tried for, or by where they came from.
///
/// Each failure adds one; every whole 30 seconds without one halve the count. It goes no higher than 16, so that
/// after two minutes of silence nobody is slowed down any more. Nothing sets it back: a right password waits for
/// nothing, whatever the count.
///
/// Pure: what time it is, it is told.
struct FailureCounts: Sendable {
    static let halving = Duration.seconds(30)
    static let most = 16

    private struct Entry {
        var count: Int
        /// When the last failure was.
        var last: ContinuousClock.Instant

        func count(at now: ContinuousClock.Instant) -> Int {
            // Shifting by more than a number's width gives 0.
            count >> Int(max(.zero, now - last) / FailureCounts.halving)
        }
    }

    private var entries: [String: Entry] = [:]
    private let limit: Int

    init(limit: Int = 10_000) { self.limit = limit }

    func count(of key: String, at now: ContinuousClock.Instant) -> Int {
        entries[key]?.count(at: now) ?? 0
    }

    /// Counts one more, and returns the count. Where there is no room, the smallest counts are forgotten, the older
    /// ones first: who tries many names does not make us forget the one tried most.
    mutating func record(_ key: String, at now: ContinuousClock.Instant) -> Int {
        if entries[key] == nil, entries.count >= limit { makeRoom(at: now) }
        let count = min(count(of: key, at: now) + 1, Self.most)
        entries[key] = Entry(count: count, last: now)
        return count
    }

    private mutating func makeRoom(at now: ContinuousClock.Instant) {
        // A sixteenth of all, as all are looked at: not each time when many addresses fail.
        let kept = limit - max(1, limit / 16)
        entries = entries.filter { $0.value.count(at: now) > 0 }
        guard entries.count > kept else { return }
        let ordered = entries.sorted { a, b in
            (a.value.count(at: now), a.value.last) < (b.value.count(at: now), b.value.last)
        }
        for (key, _) in ordered.dropLast(kept) { entries[key] = nil }
    }

    /// How long the answer waits that one is wrong: not at all for the first three, which are typing errors,
    /// then 250 ms, which double up to 5 s.
    static func delay(after failures: Int) -> Duration {
        guard failures > 3 else { return .zero }
        return min(.milliseconds(250) * (1 << min(failures - 4, 10)), .seconds(5))
    }
}
