import Glibc

/// Keeps work that nobody waits for from holding a processor for long at a time: after a little of it, a little rest.
///
/// The kernel lets a thread that was just woken have some milliseconds before it looks after others on that processor, be
/// there another that is idle. Whoever answers requests would wait for that long, many times longer than an answer takes.
package struct Respite {
    // Nanoseconds. What waits for a turn of work waits about as long as a request takes; a processor is held for a third of the
    // time.
    private static let work: Int64 = 100_000
    private static let rest = timespec(tv_sec: 0, tv_nsec: 200_000)

    private var began = Respite.now

    package init() {}

    /// To be called often. Blocks the thread for a while if it has worked for long enough.
    package mutating func take() {
        guard Self.now - began >= Self.work else { return }
        var rest = Self.rest
        nanosleep(&rest, nil)
        began = Self.now
    }

    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
