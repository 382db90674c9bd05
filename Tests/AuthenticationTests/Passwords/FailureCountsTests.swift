import Testing

@testable import Authentication

struct FailureCountsTests {
    private let start = ContinuousClock.now

    @Test func `three are free, then delays double up to five seconds`() {
        let delays = (0...12).map { FailureCounts.delay(after: $0) }
        let growing = [250, 500, 1000, 2000, 4000].map { Duration.milliseconds($0) }
        let most = Array(repeating: Duration.seconds(5), count: 4)
        #expect(delays == [.zero, .zero, .zero, .zero] + growing + most)
        #expect(FailureCounts.delay(after: .max) == .seconds(5))
    }

    @Test func `each failure is one more`() {
        var counts = FailureCounts()
        let recorded = (0..<5).map { _ in counts.record("a", at: start) }
        #expect(recorded == [1, 2, 3, 4, 5])
        let first = counts.record("b", at: start)
        #expect(first == 1)
        #expect(counts.count(of: "a", at: start) == 5)
        #expect(counts.count(of: "c", at: start) == 0)
    }

    @Test func `thirty seconds without one halve the count`() {
        var counts = FailureCounts()
        for _ in 0..<8 { _ = counts.record("a", at: start) }
        #expect(
            [0, 29, 30, 60, 90, 119, 120, 100_000_000].map { counts.count(of: "a", at: start + .seconds($0)) } == [
                8, 8, 4, 2, 1, 1, 0, 0,
            ])
        // From the last one on.
        let another = counts.record("a", at: start + .seconds(30))
        #expect(another == 5)
        #expect(counts.count(of: "a", at: start + .seconds(59)) == 5)
        #expect(counts.count(of: "a", at: start + .seconds(60)) == 2)
    }

    @Test func `whoever failed for days is free again after two minutes`() {
        var counts = FailureCounts()
        for _ in 0..<10_000 { _ = counts.record("a", at: start) }
        #expect(FailureCounts.delay(after: counts.count(of: "a", at: start)) == .seconds(5))
        let next = counts.record("a", at: start + .seconds(120))
        #expect(FailureCounts.delay(after: next) == .zero)
    }

    @Test func `those that are over make room first, then the smallest, then the oldest`() {
        var counts = FailureCounts(limit: 3)
        _ = counts.record("over", at: start)
        let now = start + .seconds(40)
        for _ in 0..<5 { _ = counts.record("much", at: now) }
        _ = counts.record("older", at: now)
        _ = counts.record("newer", at: now + .seconds(1))
        #expect(["much", "older", "newer"].map { counts.count(of: $0, at: now) } == [5, 1, 1])
        _ = counts.record("another", at: now + .seconds(2))
        #expect(["much", "older", "newer", "another"].map { counts.count(of: $0, at: now) } == [5, 0, 1, 1])
    }

    @Test func `who tries many names does not make us forget the one tried most`() {
        var counts = FailureCounts(limit: 10)
        for _ in 0..<5 { _ = counts.record("victim", at: start) }
        for number in 0..<1000 { _ = counts.record("\(number)", at: start) }
        #expect(counts.count(of: "victim", at: start) == 5)
    }

    @Test func `many make room for many, the oldest go`() {
        var counts = FailureCounts(limit: 160)
        for number in 0..<161 { _ = counts.record("\(number)", at: start + .milliseconds(number)) }
        let kept = (0..<161).filter { counts.count(of: "\($0)", at: start + .seconds(1)) == 1 }
        #expect(kept == Array(10..<161))
    }
}
