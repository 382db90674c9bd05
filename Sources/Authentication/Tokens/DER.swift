/// As much of the distinguished encoding (X.690) as public keys and signatures take.
enum DER {
    static func sequence(_ parts: [UInt8]...) -> [UInt8] { value(0x30, parts.flatMap { $0 }) }

    /// - Parameter bytes: a number, not negative, big-endian.
    static func integer(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let digits = Array(bytes.drop { $0 == 0 })
        // Without a zero in front, a first bit that is set would be the sign. Zero itself has one byte, too.
        return value(0x02, (digits.first ?? 0x80) < 0x80 ? digits : [0] + digits)
    }

    /// Of whole bytes.
    static func bits(_ bytes: [UInt8]) -> [UInt8] { value(0x03, [0] + bytes) }

    /// - Parameter content: already encoded.
    static func identifier(_ content: [UInt8]) -> [UInt8] { value(0x06, content) }

    static let null: [UInt8] = [0x05, 0x00]

    private static func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        if content.count < 0x80 { return [tag, UInt8(content.count)] + content }
        let length = withUnsafeBytes(of: content.count.bigEndian) { Array($0.drop { $0 == 0 }) }
        return [tag, 0x80 | UInt8(length.count)] + length + content
    }
}
