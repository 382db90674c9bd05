/// What Foundation's JSON decoder takes and RFC 8259 does not: it looks past a comma before a closing bracket, and guesses at
/// encodings other than UTF-8. A manifest like that would be stored here and refused by the clients that pull it.
enum StrictJSON {
    /// Whether `bytes`, which the decoder has taken, are JSON to everyone else too.
    static func accepts(_ bytes: some Sequence<UInt8>) -> Bool {
        var isInString = false
        var isEscaped = false
        var last: UInt8 = 0
        for byte in bytes {
            if byte == 0 { return false }
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"):
                continue
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if last == UInt8(ascii: ",") { return false }
            case UInt8(ascii: "\""):
                isInString = true
            case 0x80...:
                return false
            default:
                break
            }
            last = byte
        }
        return true
    }
}
