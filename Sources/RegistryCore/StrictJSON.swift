/// JSON as RFC 8259 has it. Foundation's decoder takes more: it looks past a comma before a closing bracket, guesses at encodings
/// other than UTF-8, and does not look into values that nobody asks for. A manifest like that would be stored here and refused
/// by the clients that pull it.
enum StrictJSON {
    /// More than the decoder goes into.
    private static let deepest = 1000

    /// Whether `bytes` are JSON to everyone.
    static func accepts(_ bytes: some Sequence<UInt8>) -> Bool {
        let bytes = Array(bytes)
        guard String(validating: bytes, as: UTF8.self) != nil else { return false }
        var reader = Reader(rest: bytes[...])
        return reader.value(deepest) && reader.rest.isEmpty
    }

    /// Each function looks past what it is named for, and says whether it was there.
    private struct Reader {
        var rest: ArraySlice<UInt8>

        /// - Parameter depth: how many brackets may open.
        mutating func value(_ depth: Int) -> Bool {
            space()
            let isThere =
                switch rest.first {
                case UInt8(ascii: "{"): members(until: "}", depth)
                case UInt8(ascii: "["): members(until: "]", depth)
                case UInt8(ascii: "\""): string()
                case UInt8(ascii: "t"): word("true")
                case UInt8(ascii: "f"): word("false")
                case UInt8(ascii: "n"): word("null")
                default: number()
                }
            space()
            return isThere
        }

        private mutating func members(until end: Unicode.Scalar, _ depth: Int) -> Bool {
            guard depth > 0 else { return false }
            rest.removeFirst()
            space()
            if take(end) { return true }
            repeat {
                if end == "}", !name() { return false }
                guard value(depth - 1) else { return false }
            } while take(",")
            return take(end)
        }

        private mutating func name() -> Bool {
            space()
            guard string() else { return false }
            space()
            return take(":")
        }

        private mutating func string() -> Bool {
            guard take("\"") else { return false }
            while let byte = rest.popFirst() {
                switch byte {
                case UInt8(ascii: "\""): return true
                case UInt8(ascii: "\\"): guard escape() else { return false }
                case 0..<0x20: return false
                default: continue
                }
            }
            return false
        }

        private mutating func escape() -> Bool {
            guard take("u") else { return "\"\\/bfnrt".unicodeScalars.contains { take($0) } }
            let digits = rest.prefix(4)
            rest = rest.dropFirst(4)
            return digits.count == 4 && digits.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
        }

        private mutating func number() -> Bool {
            _ = take("-")
            guard take("0") || digits() else { return false }
            if take("."), !digits() { return false }
            guard take("e") || take("E") else { return true }
            _ = take("+") || take("-")
            return digits()
        }

        private mutating func digits() -> Bool {
            let after = rest.drop { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            defer { rest = after }
            return after.startIndex > rest.startIndex
        }

        private mutating func word(_ text: String) -> Bool {
            guard rest.starts(with: text.utf8) else { return false }
            rest = rest.dropFirst(text.utf8.count)
            return true
        }

        private mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        private mutating func space() {
            rest = rest.drop { $0 == 0x20 || (0x09...0x0a).contains($0) || $0 == 0x0d }
        }
    }
}
