/// An upload session's id: a random UUID (RFC 9562, version 4), as the specification wants one in the upload's location.
public struct UploadID: Sendable, Hashable, CustomStringConvertible {
    /// 36 characters, lower case: `8-4-4-4-12` hex digits.
    public let description: String

    /// A new one.
    public init() {
        var generator = SystemRandomNumberGenerator()
        self.init(using: &generator)
    }

    package init(using generator: inout some RandomNumberGenerator) {
        let high = generator.next() & 0xffff_ffff_ffff_0fff | 0x4000
        let low = generator.next() & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000
        var text = [UInt8]()
        text.reserveCapacity(36)
        let bytes = withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) }
        for (index, digit) in hexEncoded(bytes).utf8.enumerated() {
            if [8, 12, 16, 20].contains(index) { text.append(UInt8(ascii: "-")) }
            text.append(digit)
        }
        description = String(decoding: text, as: UTF8.self)
    }

    /// nil unless `text` is a UUID in lower case.
    public init?(_ text: Substring) {
        guard text.utf8.count == 36 else { return nil }
        for (index, byte) in text.utf8.enumerated() {
            let isDash = [8, 13, 18, 23].contains(index)
            guard isDash ? byte == UInt8(ascii: "-") : isLowerHex(byte) else { return nil }
        }
        description = String(text)
    }

    public init?(_ text: String) {
        self.init(text[...])
    }
}
