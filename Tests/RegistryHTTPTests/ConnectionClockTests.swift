import NIOCore
import Testing

@testable import RegistryHTTP

@Suite struct ConnectionClockTests {
    let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private func verdict(_ clock: inout ConnectionClock, _ seconds: Int64, isBusy: Bool) -> ConnectionClock.Verdict {
        clock.check(start + .seconds(seconds), HTTPSettings(), isBusy: isBusy)
    }

    @Test func `an idle connection lives for the idle time-out`() {
        var clock = ConnectionClock(now: start)
        #expect(verdict(&clock, 120, isBusy: false) == .fine)
        #expect(verdict(&clock, 121, isBusy: false) == .close)
    }

    @Test func `a head that dribbles in is given the header time-out from its first byte`() {
        var clock = ConnectionClock(now: start)
        clock.headBegan(start + .seconds(60))
        clock.headBegan(start + .seconds(70))
        #expect(verdict(&clock, 75, isBusy: false) == .fine)
        #expect(verdict(&clock, 76, isBusy: false) == .headTooSlow)
        clock.headEnded()
        #expect(verdict(&clock, 76, isBusy: true) == .fine)
    }

    @Test func `a body that stops coming and an answer that nobody takes end differently`() {
        var clock = ConnectionClock(now: start)
        #expect(verdict(&clock, 999, isBusy: true) == .fine)
        clock.waitsForBody = true
        #expect(verdict(&clock, 121, isBusy: true) == .bodyTooSlow)
        clock.progressed()
        #expect(verdict(&clock, 130, isBusy: true) == .fine)
        #expect(verdict(&clock, 250, isBusy: true) == .fine)
        clock.waitsForBody = false
        clock.waitsForWrite = true
        #expect(verdict(&clock, 251, isBusy: true) == .close)
    }

    @Test func `a client that takes a large write bit by bit is slow, one that takes none of it is gone`() {
        var clock = ConnectionClock(now: start)
        clock.waitsForWrite = true
        clock.hasLeft(1 << 20, start + .seconds(1))
        clock.hasLeft(1000 << 10, start + .seconds(100))
        #expect(verdict(&clock, 220, isBusy: true) == .fine)
        clock.hasLeft(1000 << 10, start + .seconds(220))
        #expect(verdict(&clock, 221, isBusy: true) == .close)
    }

    @Test func `what nobody wants is read off within bounds`() {
        var clock = ConnectionClock(now: start)
        clock.lingers(start)
        let (first, second) = (clock.mayDiscard(1 << 20), clock.mayDiscard(1))
        #expect(first && !second)
        #expect(verdict(&clock, 5, isBusy: true) == .fine)
        #expect(verdict(&clock, 6, isBusy: true) == .close)
    }
}
