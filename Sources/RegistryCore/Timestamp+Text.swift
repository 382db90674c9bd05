#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension Timestamp: CustomStringConvertible {
    /// RFC 3339, in UTC and whole seconds: `2026-11-23T09:30:00Z`.
    package var description: String {
        var clock = time_t(milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000)
        var date = tm()
        gmtime_r(&clock, &date)
        func digits(_ number: CInt, _ count: Int = 2) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
        }
        return "\(digits(date.tm_year + 1900, 4))-\(digits(date.tm_mon + 1))-\(digits(date.tm_mday))T"
            + "\(digits(date.tm_hour)):\(digits(date.tm_min)):\(digits(date.tm_sec))Z"
    }
}
