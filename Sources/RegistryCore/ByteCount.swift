/// A number of bytes as configuration writes it: `16MiB`, `4MB`, `1GiB`, or plain bytes. Prints as it was written.
public struct ByteCount: Sendable {
    public let bytes: Int64
    public let description: String

    private static let units: [(name: String, bytes: Int64)] = [
        ("TiB", 1 << 40), ("TB", 1_000_000_000_000), ("GiB", 1 << 30), ("GB", 1_000_000_000),
        ("MiB", 1 << 20), ("MB", 1_000_000), ("KiB", 1 << 10), ("KB", 1_000), ("B", 1), ("", 1),
    ]

    /// `bytes` must not be negative. Prints in the largest binary unit that divides it.
    public init(bytes: Int64) {
        self.bytes = bytes
        let unit = Self.units.first { $0.name.contains("i") && bytes != 0 && bytes.isMultiple(of: $0.bytes) }
        description = unit.map { "\(bytes / $0.bytes)\($0.name)" } ?? "\(bytes)"
    }

    /// nil unless `text` is a whole number and a unit (`KiB` to `TiB`, `KB` to `TB`, `B` or none).
    public init?(_ text: String) {
        let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let name = text[digits.endIndex...]
        guard let number = Int64(Substring(digits)), let unit = Self.units.first(where: { $0.name == name }) else {
            return nil
        }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit.bytes)
        guard !overflow else { return nil }
        self.bytes = bytes
        description = text
    }
}

extension ByteCount: CustomStringConvertible {}

extension ByteCount: Hashable {
    public static func == (a: ByteCount, b: ByteCount) -> Bool { a.bytes == b.bytes }
    public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

extension ByteCount: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Self(text) else {
            let reason = "“\(text)” is not a size; expected one like 16MiB, 4MB, 1GiB or plain bytes"
            throw DecodingError.dataCorruptedError(in: container, debugDescription: reason)
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
