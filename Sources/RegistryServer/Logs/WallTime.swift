#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A moment, for the log.
struct WallTime: Sendable {
    /// Since 1970-01-01 00:00 UTC.
    var seconds: Int64
    var nanoseconds: Int64

    static var now: WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
    }

    /// `2026-11-23T09:30:00.`, in UTC.
    var secondText: [UInt8] {
        var clock = time_t(seconds)
        var date = tm()
        gmtime_r(&clock, &date)
        var text = [UInt8]()
        func append(_ number: CInt, digits: Int, then separator: Unicode.Scalar) {
            let decimal = String(number).utf8
            text.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: max(0, digits - decimal.count)))
            text.append(contentsOf: decimal)
            text.append(UInt8(ascii: separator))
        }
        append(date.tm_year + 1900, digits: 4, then: "-")
        append(date.tm_mon + 1, digits: 2, then: "-")
        append(date.tm_mday, digits: 2, then: "T")
        append(date.tm_hour, digits: 2, then: ":")
        append(date.tm_min, digits: 2, then: ":")
        append(date.tm_sec, digits: 2, then: ".")
        return text
    }
}
