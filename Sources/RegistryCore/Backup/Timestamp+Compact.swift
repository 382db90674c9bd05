#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension Timestamp {
    /// ISO 8601's basic format in UTC and whole seconds, for names: `20261123T093000Z`.
    package var compact: String { description.filter { $0 != "-" && $0 != ":" } }

    /// nil: it is not in that format.
    package init?(compact text: Substring) {
        let bytes = Array(text.utf8)
        guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z") else { return nil }
        var numbers: [CInt] = []
        for range in [0..<4, 4..<6, 6..<8, 9..<11, 11..<13, 13..<15] {
            let digits = bytes[range]
            guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let number = CInt(String(decoding: digits, as: UTF8.self))
            else { return nil }
            numbers.append(number)
        }
        var date = tm()
        date.tm_year = numbers[0] - 1900
        date.tm_mon = numbers[1] - 1
        date.tm_mday = numbers[2]
        date.tm_hour = numbers[3]
        date.tm_min = numbers[4]
        date.tm_sec = numbers[5]
        self.init(milliseconds: Int64(timegm(&date)) * 1000)
        // timegm(3) makes the 1st of March of the 29th of February.
        guard compact == text else { return nil }
    }

    /// Without the part of a second.
    package var inSeconds: Timestamp { Timestamp(milliseconds: milliseconds - milliseconds % 1000) }
}
