internal import NIOCore

/// When a connection has been slow for too long. Pure: it is told what happens, and when somebody looks.
///
/// Progress is dated by the next look, as reading the time at every step would cost more than the steps.
struct ConnectionClock {
    /// How many bytes of a body that nobody wants are read off before the connection is closed, and for how long.
    static let discardLimit: Int64 = 1 << 20
    static let lingerTime = TimeAmount.seconds(5)

    private var lastProgress: NIODeadline
    /// Since the last look.
    private var hasProgressed = false
    private var headStart: NIODeadline?
    private var lingerStart: NIODeadline?
    private var discarded: Int64 = 0
    var waitsForBody = false
    var waitsForWrite = false
    /// Bytes that the kernel had not taken at the last look.
    private var left = 0

    init(now: NIODeadline) {
        lastProgress = now
    }

    mutating func progressed() {
        hasProgressed = true
    }

    /// A write is under way of which `count` bytes are left; fewer than at the last look are progress.
    mutating func hasLeft(_ count: Int, _ now: NIODeadline) {
        if count != left { lastProgress = now }
        left = count
    }

    /// Some bytes of a request's head came, but not all.
    mutating func headBegan(_ now: NIODeadline) {
        if headStart == nil { headStart = now }
    }

    mutating func headEnded() {
        headStart = nil
    }

    /// The answer is out, the body is not all in.
    mutating func lingers(_ now: NIODeadline) {
        lingerStart = now
        discarded = 0
    }

    mutating func mayDiscard(_ count: Int) -> Bool {
        discarded += Int64(count)
        return discarded <= Self.discardLimit
    }

    mutating func idles() {
        hasProgressed = true
        lingerStart = nil
    }

    enum Verdict {
        case fine, headTooSlow, bodyTooSlow, close
    }

    mutating func check(_ now: NIODeadline, _ settings: HTTPSettings, isBusy: Bool) -> Verdict {
        if hasProgressed {
            hasProgressed = false
            lastProgress = now
        }
        if let lingerStart { return now - lingerStart > Self.lingerTime ? .close : .fine }
        let isIdleTooLong = now - lastProgress > TimeAmount(settings.idleTimeout)
        if !isBusy {
            if let headStart, now - headStart > TimeAmount(settings.headerTimeout) { return .headTooSlow }
            return isIdleTooLong ? .close : .fine
        }
        guard isIdleTooLong else { return .fine }
        if waitsForBody { return .bodyTooSlow }
        return waitsForWrite ? .close : .fine
    }
}
