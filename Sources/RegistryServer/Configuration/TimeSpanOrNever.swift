import RegistryCore

/// A length of time, or `never`.
struct TimeSpanOrNever: Sendable, Hashable {
    /// nil: never.
    var span: TimeSpan?

    static let never = Self(span: nil)

    var duration: Duration? { span?.duration }
}

extension TimeSpanOrNever: CustomStringConvertible {
    var description: String { span?.description ?? "never" }
}

extension TimeSpanOrNever: Decodable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        if text == "never" {
            self = .never
        } else if let span = TimeSpan(text) {
            self.span = span
        } else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "“\(text)” is not a length of time; expected one like 30m, 24h or 90d, or never")
        }
    }
}
