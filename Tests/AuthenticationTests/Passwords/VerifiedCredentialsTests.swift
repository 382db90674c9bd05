import Testing

@testable import Authentication

struct VerifiedCredentialsTests {
    private let start = ContinuousClock.now

    @Test func `count for five minutes`() {
        var verified = VerifiedCredentials()
        verified.insert([1], at: start)
        #expect(verified.contains([1], at: start))
        #expect(verified.contains([1], at: start + .seconds(299)))
        #expect(!verified.contains([1], at: start + .seconds(300)))
        #expect(!verified.contains([2], at: start))
    }

    @Test func `count five minutes more when they were verified again`() {
        var verified = VerifiedCredentials()
        verified.insert([1], at: start)
        verified.insert([1], at: start + .seconds(200))
        #expect(verified.contains([1], at: start + .seconds(499)))
        #expect(verified.count == 1)
    }

    @Test func `those that ended make room first`() {
        var verified = VerifiedCredentials(limit: 3)
        verified.insert([1], at: start)
        verified.insert([2], at: start)
        verified.insert([3], at: start + .seconds(200))
        let now = start + .seconds(301)
        verified.insert([4], at: now)
        #expect(verified.count == 2)
        #expect(verified.contains([3], at: now))
        #expect(verified.contains([4], at: now))
    }

    @Test func `then the oldest`() {
        var verified = VerifiedCredentials(limit: 3)
        for number: UInt8 in 1...5 { verified.insert([number], at: start + .seconds(Int(number))) }
        let now = start + .seconds(5)
        #expect((1...5).filter { verified.contains([$0], at: now) } == [3, 4, 5])
        verified.insert([3], at: now)
        #expect(verified.count == 3)
    }
}
