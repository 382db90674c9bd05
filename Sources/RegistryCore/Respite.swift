#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Keeps work that nobody waits for from holding a processor for long at a time: after a little of it, a little rest.
///
/// The kernel lets a thread that was just woken have some milliseconds before it looks after others on that processor, be
/// there another that is idle. Whoever answers requests would wait for that long, many times longer than an answer takes.
package struct Respite {
    // Nanoseconds. What waits for a turn of work waits about as long as a request takes; a processor is held for a third of the
    // time.
    static let work: Int64 = 100_000
    static let rest: Int64 = 200_000

    /// Time that only goes on, in nanoseconds.
    private let now: () -> Int64
    private let pause: (_ nanoseconds: Int64) -> Void
    private var began: Int64

    package init() { self.init(now: Self.time, pause: Self.sleep) }

    init(now: @escaping () -> Int64, pause: @escaping (_ nanoseconds: Int64) -> Void) {
        self.now = now
        self.pause = pause
        began = now()
    }

    /// To be called often. Blocks the thread for a while if it has worked for long enough.
    package mutating func take() {
        guard now() - began >= Self.work else { return }
        pause(Self.rest)
        began = now()
    }

    private static func time() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private static func sleep(_ nanoseconds: Int64) {
        var time = timespec(tv_sec: 0, tv_nsec: Int(nanoseconds))
        nanosleep(&time, nil)
    }
}
