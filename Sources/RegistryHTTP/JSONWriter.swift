internal import NIOCore

/// Writes JSON text into a buffer, for the registry's small documents and long lists.
struct JSONWriter {
    private(set) var buffer = ByteBuffer()
    private var needsComma = false

    mutating func object(_ fields: (inout JSONWriter) -> Void) {
        enclosed("{", "}", fields)
    }

    mutating func array(_ elements: (inout JSONWriter) -> Void) {
        enclosed("[", "]", elements)
    }

    /// Comes before each element of an array.
    mutating func element() {
        if needsComma { buffer.writeInteger(UInt8(ascii: ",")) }
        needsComma = true
    }

    mutating func key(_ name: String) {
        element()
        string(name)
        buffer.writeInteger(UInt8(ascii: ":"))
    }

    mutating func field(_ name: String, _ value: String) {
        key(name)
        string(value)
    }

    mutating func field(_ name: String, _ value: Int64) {
        key(name)
        buffer.writeString(String(value))
    }

    /// `json` is JSON already.
    mutating func field(_ name: String, json: String) {
        key(name)
        buffer.writeString(json)
    }

    mutating func string(_ text: String) {
        buffer.writeInteger(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            for (index, byte) in bytes.enumerated()
            where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                buffer.writeBytes(bytes[start..<index])
                start = index + 1
                if byte < 0x20 {
                    buffer.writeString(
                        byte < 0x10 ? "\\u000\(String(byte, radix: 16))" : "\\u00\(String(byte, radix: 16))")
                } else {
                    buffer.writeBytes([UInt8(ascii: "\\"), byte])
                }
            }
            buffer.writeBytes(bytes[start...])
        }
        buffer.writeInteger(UInt8(ascii: "\""))
    }

    private mutating func enclosed(_ open: String, _ close: String, _ content: (inout JSONWriter) -> Void) {
        buffer.writeString(open)
        needsComma = false
        content(&self)
        buffer.writeString(close)
        needsComma = true
    }
}
