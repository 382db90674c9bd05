import Glibc

/// A point in the system's monotonic clock. Cheaper to get and to compare than an Instant, and the I/O loop asks often.
struct MonotonicTime: Comparable, Sendable {
    private let nanoseconds: Int64

    static let max = MonotonicTime(nanoseconds: .max)

    static var now: MonotonicTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// So much later; a duration of centuries is as good as none.
    func adding(_ duration: Duration) -> MonotonicTime {
        let more = Int64(Swift.min(Swift.max(duration / .nanoseconds(1), 0), 0x1p62))
        let (sum, overflow) = nanoseconds.addingReportingOverflow(more)
        return overflow ? .max : MonotonicTime(nanoseconds: sum)
    }

    /// From now until then, rounded up; 0 when it has passed.
    var millisecondsLeft: CInt {
        CInt(clamping: Swift.max(0, nanoseconds - Self.now.nanoseconds + 999_999) / 1_000_000)
    }

    static func < (a: MonotonicTime, b: MonotonicTime) -> Bool { a.nanoseconds < b.nanoseconds }
}

extension Duration {
    /// For curl, to which 0 is its own default.
    var wholeMilliseconds: Int { Int(min(max((self / .milliseconds(1)).rounded(.up), 1), 0x1p31 - 1)) }
}
