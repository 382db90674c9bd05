import NIOCore
import Testing

@testable import RegistryHTTP

@Suite struct ConnectionClockTests {
    let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
    let settings = HTTPSettings()

    @Test func `an idle connection lives for the idle time-out`() {
        let clock = ConnectionClock(now: start)
        #expect(clock.check(start + .seconds(120), settings, isBusy: false) == .fine)
        #expect(clock.check(start + .seconds(121), settings, isBusy: false) == .close)
    }

    @Test func `a head that dribbles in is given the header time-out from its first byte`() {
        var clock = ConnectionClock(now: start)
        clock.headBegan(start + .seconds(60))
        clock.headBegan(start + .seconds(70))
        #expect(clock.check(start + .seconds(75), settings, isBusy: false) == .fine)
        #expect(clock.check(start + .seconds(76), settings, isBusy: false) == .headTooSlow)
        clock.headEnded()
        #expect(clock.check(start + .seconds(76), settings, isBusy: true) == .fine)
    }

    @Test func `a body that stops coming and an answer that nobody takes end differently`() {
        var clock = ConnectionClock(now: start)
        #expect(clock.check(start + .seconds(999), settings, isBusy: true) == .fine)
        clock.waitsForBody = true
        #expect(clock.check(start + .seconds(121), settings, isBusy: true) == .bodyTooSlow)
        clock.progressed(start + .seconds(100))
        #expect(clock.check(start + .seconds(121), settings, isBusy: true) == .fine)
        clock.waitsForBody = false
        clock.waitsForWrite = true
        #expect(clock.check(start + .seconds(221), settings, isBusy: true) == .close)
    }

    @Test func `a client that takes a large write bit by bit is slow, one that takes none of it is gone`() {
        var clock = ConnectionClock(now: start)
        clock.waitsForWrite = true
        clock.hasLeft(1 << 20, start + .seconds(1))
        clock.hasLeft(1000 << 10, start + .seconds(100))
        #expect(clock.check(start + .seconds(220), settings, isBusy: true) == .fine)
        clock.hasLeft(1000 << 10, start + .seconds(220))
        #expect(clock.check(start + .seconds(221), settings, isBusy: true) == .close)
    }

    @Test func `what nobody wants is read off within bounds`() {
        var clock = ConnectionClock(now: start)
        clock.lingers(start)
        let (first, second) = (clock.mayDiscard(1 << 20), clock.mayDiscard(1))
        #expect(first && !second)
        #expect(clock.check(start + .seconds(5), settings, isBusy: true) == .fine)
        #expect(clock.check(start + .seconds(6), settings, isBusy: true) == .close)
    }
}
