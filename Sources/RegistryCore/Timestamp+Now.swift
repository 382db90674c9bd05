#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension Timestamp {
    /// The system's clock, which may be set back; nothing but ages of minutes and more is derived from it.
    package static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    static func - (time: Timestamp, age: Duration) -> Timestamp {
        let (seconds, attoseconds) = age.components
        return Timestamp(milliseconds: time.milliseconds - seconds * 1000 - attoseconds / 1_000_000_000_000_000)
    }

    package static func + (time: Timestamp, span: Duration) -> Timestamp { time - (.zero - span) }
}
