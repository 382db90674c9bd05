/// A type whose value is one scalar of the configuration.
protocol ConfigScalar {
    /// What a right value looks like, for messages.
    static var expected: String { get }
    init?(scalar: String, quoted: Bool)
}

extension ConfigScalar {
    init(reading decoder: ConfigDecoder) throws {
        guard case .scalar(let text, let quoted) = decoder.node.content, let value = Self(scalar: text, quoted: quoted)
        else { throw decoder.wrongKind(expected: Self.expected) }
        self = value
    }
}

extension String: ConfigScalar {
    static var expected: String { "text" }
    init?(scalar: String, quoted: Bool) { self = scalar }
}

extension Bool: ConfigScalar {
    static var expected: String { "true or false" }
    init?(scalar: String, quoted: Bool) {
        guard !quoted, let value = Bool(scalar) else { return nil }
        self = value
    }
}

extension Double: ConfigScalar {
    static var expected: String { "a number" }
    init?(scalar: String, quoted: Bool) {
        guard !quoted, let value = Double(scalar) else { return nil }
        self = value
    }
}

extension ConfigScalar where Self: FixedWidthInteger {
    static var expected: String {
        if bitWidth < 64 { return "a whole number from \(min) to \(max)" }
        return isSigned ? "a whole number" : "a whole number, 0 or more"
    }
    init?(scalar: String, quoted: Bool) {
        guard !quoted, let value = Self(scalar) else { return nil }
        self = value
    }
}

extension Int: ConfigScalar {}
extension Int32: ConfigScalar {}
extension Int64: ConfigScalar {}
extension UInt16: ConfigScalar {}
extension UInt32: ConfigScalar {}
extension UInt64: ConfigScalar {}
extension UInt: ConfigScalar {}
