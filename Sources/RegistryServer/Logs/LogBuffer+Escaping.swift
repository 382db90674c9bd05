extension LogBuffer {
    /// A JSON string with its quotes (RFC 8259, section 7).
    mutating func appendJSON(_ text: String) {
        append(UInt8(ascii: "\""))
        appendEscaped(text)
        append(UInt8(ascii: "\""))
    }

    /// One word of a text line: as it is if it can be read back so, otherwise quoted like JSON.
    mutating func appendWord(_ text: String) {
        let isPlain = text.utf8.allSatisfy {
            $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=")
        }
        if isPlain && !text.isEmpty {
            appendPlain(text)
        } else {
            appendJSON(text)
        }
    }

    /// A message of a text line: nothing in it can end the line or move a terminal's cursor.
    mutating func appendMessage(_ text: String) {
        for byte in text.utf8 {
            if byte < 0x20 || byte == 0x7f { appendControl(byte) } else { append(byte) }
        }
    }

    private mutating func appendEscaped(_ text: String) {
        let needsNone = text.utf8.allSatisfy {
            $0 >= 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        if needsNone {
            appendPlain(text)
            return
        }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                append(UInt8(ascii: "\\"))
                append(byte)
            case 0..<0x20, 0x7f:
                appendControl(byte)
            default:
                append(byte)
            }
        }
    }

    private mutating func appendControl(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\n"): append("\\n")
        case UInt8(ascii: "\r"): append("\\r")
        case UInt8(ascii: "\t"): append("\\t")
        default:
            append("\\u00")
            append(Self.hexDigit(byte >> 4))
            append(Self.hexDigit(byte & 15))
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x57 + value
    }
}
