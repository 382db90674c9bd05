/// A length of time as configuration writes it: `250ms`, `15s`, `30m`, `24h`, `90d`. Prints as it was written.
public struct TimeSpan: Sendable {
    public let duration: Duration
    public let description: String

    private static let units: [(name: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]

    /// nil unless `text` is a whole number and a unit (`ms`, `s`, `m`, `h` or `d`).
    public init?(_ text: String) {
        let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let name = text[digits.endIndex...]
        guard let number = Int64(Substring(digits)), let unit = Self.units.first(where: { $0.name == name }) else {
            return nil
        }
        let (milliseconds, overflow) = number.multipliedReportingOverflow(by: unit.milliseconds)
        guard !overflow else { return nil }
        duration = .milliseconds(milliseconds)
        description = text
    }

    /// `milliseconds` must not be negative. Prints in the largest unit that divides it.
    public init(milliseconds: Int64) {
        duration = .milliseconds(milliseconds)
        let unit = Self.units.first { milliseconds != 0 && milliseconds.isMultiple(of: $0.milliseconds) }
        description = unit.map { "\(milliseconds / $0.milliseconds)\($0.name)" } ?? "\(milliseconds)s"
    }
}

extension TimeSpan: CustomStringConvertible {}

extension TimeSpan: Hashable {
    public static func == (a: TimeSpan, b: TimeSpan) -> Bool { a.duration == b.duration }
    public func hash(into hasher: inout Hasher) { hasher.combine(duration) }
}

extension TimeSpan: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Self(text) else {
            let reason = "“\(text)” is not a length of time; expected one like 250ms, 15s, 30m, 24h or 90d"
            throw DecodingError.dataCorruptedError(in: container, debugDescription: reason)
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
