/// A value out of a few words.
protocol ConfigChoice: Decodable, CaseIterable, RawRepresentable, Sendable where RawValue == String {}

extension ConfigChoice {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Self(rawValue: text) else {
            let words = Self.allCases.map(\.rawValue)
            let others = words.dropLast().joined(separator: ", ")
            let expected = (others.isEmpty ? "" : "\(others) or ") + (words.last ?? "")
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "“\(text)” is not known; expected \(expected)"
            )
        }
        self = value
    }
}
