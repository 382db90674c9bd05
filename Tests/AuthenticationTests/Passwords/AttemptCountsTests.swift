import Testing

@testable import Authentication

struct AttemptCountsTests {
    @Test func `eight at once, by user and address together`() {
        var counts = AttemptCounts()
        let origin = AttemptCounts.Origin(user: alice, address: "1.2.3.4")
        let begun = (0..<9).map { _ in counts.begin(origin) }
        #expect(begun == Array(repeating: true, count: 8) + [false])
        let others = [
            AttemptCounts.Origin(user: bob, address: "1.2.3.4"), AttemptCounts.Origin(user: alice, address: "1.2.3.5"),
        ]
        let othersBegun = others.map { counts.begin($0) }
        #expect(othersBegun == [true, true])
        counts.end(origin)
        let begunAgain = (0..<2).map { _ in counts.begin(origin) }
        #expect(begunAgain == [true, false])
        for _ in 0..<8 { counts.end(origin) }
        for other in others { counts.end(other) }
        #expect(counts.isEmpty)
    }

    @Test func `thirty-two at once by one address, and as many that are no passwords`() {
        var counts = AttemptCounts()
        let origins = (0..<32).map { AttemptCounts.Origin(user: userName("user\($0)"), address: "a") }
        let begun = origins.map { counts.begin($0) }
        let others = (0..<33).map { _ in counts.begin(from: "a") }
        #expect(begun == Array(repeating: true, count: 32))
        #expect(others == Array(repeating: true, count: 32) + [false])
        let another = AttemptCounts.Origin(user: alice, address: "a")
        let (refused, elsewhere) = (counts.begin(another), counts.begin(from: "b"))
        #expect(!refused)
        #expect(elsewhere)
        counts.end(origins[0])
        let again = [counts.begin(another), counts.begin(from: "a")]
        #expect(again == [true, false])
        for origin in origins.dropFirst() + [another] { counts.end(origin) }
        for _ in 0..<32 { counts.end(from: "a") }
        counts.end(from: "b")
        #expect(counts.isEmpty)
    }

    @Test func `one that the user may not begin takes no place of its address`() {
        var counts = AttemptCounts()
        let origin = AttemptCounts.Origin(user: alice, address: "a")
        for _ in 0..<100 { _ = counts.begin(origin) }
        let others = (0..<25).map { AttemptCounts.Origin(user: userName("user\($0)"), address: "a") }
        let begun = others.map { counts.begin($0) }
        #expect(begun == Array(repeating: true, count: 24) + [false])
    }
}
