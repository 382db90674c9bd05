import Testing

@testable import RegistryCore

@Suite struct RespiteTests {
    /// Whatever is measured by it is what the test says.
    private final class Clock {
        var time: Int64 = 0
        var pauses: [Int64] = []
    }

    @Test func `rests after so much work and not before`() {
        let clock = Clock()
        var respite = Respite(
            now: { clock.time },
            pause: { nanoseconds in
                clock.pauses.append(clock.time)
                clock.time += nanoseconds
            })
        for _ in 0..<10 {
            clock.time += Respite.work / 2
            respite.take()
        }
        let round = Respite.work + Respite.rest
        #expect(clock.pauses == (0..<5).map { $0 * round + Respite.work })
    }
}
