internal import FoundationEssentials

/// JSON as everybody reads it.
///
/// Foundation's decoder takes more than RFC 8259 has: it looks past a comma before a closing bracket, guesses at encodings other
/// than UTF-8, and does not look into values that nobody asks for. A manifest like that would be stored here and refused by the
/// clients that pull it. Others they would take and read another way: of two members with one name Foundation takes the first and
/// Go, which most clients are written in, the last; and to Go `Layers` is `layers`. They would ask for blobs of which nobody here
/// knows that they are needed.
package enum StrictJSON {
    /// Brackets in one another. Less than Foundation's decoder goes into (512): where it says that there are too many, it may read
    /// beyond the end of what it was given, and the process dies of that.
    static let deepest = 500

    package enum Flaw: Hashable, Error, CustomStringConvertible {
        case syntax
        /// An object has two members with this name.
        case repeated(String)
        /// Go takes the first for the second.
        case misspelled(String, String)

        package var description: String {
            switch self {
            case .syntax: "it is not JSON (RFC 8259) in UTF-8 of at most \(deepest) brackets in one another"
            case .repeated(let name): "an object in it has \(name.debugDescription) twice"
            case .misspelled(let name, let field): "\(name.debugDescription) in it is to be spelled “\(field)”"
            }
        }
    }

    /// What is read of a value.
    indirect enum Reading: Sendable {
        /// All of it or nothing, whatever its names mean.
        case asItIs
        /// Of an object these members, by their folded names.
        case members([String: Member])
        case elements(Reading)

        struct Member: Sendable {
            var name: String
            var reading: Reading
        }

        static func object(_ members: KeyValuePairs<String, Reading>) -> Reading {
            .members(Dictionary(members.map { (folded($0), Member(name: $0, reading: $1)) }) { $1 })
        }
    }

    /// What was found on the way. Whoever's names they are: what is misspelled may be a name of its own.
    struct Outcome {
        /// Not everybody would read it the same way, or at all.
        var flaw: Flaw?
        /// The first name that is.
        var misspelled: Flaw?
    }

    static func read(_ bytes: some Sequence<UInt8>, reading: Reading = .asItIs) -> Outcome {
        let bytes = Array(bytes)
        guard String(validating: bytes, as: UTF8.self) != nil else { return Outcome(flaw: .syntax) }
        var reader = Reader(rest: bytes[...])
        let isRead = reader.value(deepest, reading) && reader.rest.isEmpty
        return Outcome(flaw: isRead ? nil : reader.flaw, misspelled: reader.misspelled)
    }

    /// What not everybody would read the same way; nil: there is nothing.
    static func flaw(in bytes: some Sequence<UInt8>, reading: Reading = .asItIs) -> Flaw? {
        let outcome = read(bytes, reading: reading)
        return outcome.flaw ?? outcome.misspelled
    }

    /// The only way to Foundation's decoder for what strangers send. Throws ``Flaw``, or what the decoder throws.
    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: some Sequence<UInt8>) throws -> Value {
        let bytes = Array(bytes)
        if let flaw = flaw(in: bytes) { throw flaw }
        return try JSONDecoder().decode(type, from: Data(bytes))
    }

    /// Each function looks past what it is named for, and says whether it was there.
    private struct Reader {
        var rest: ArraySlice<UInt8>
        /// Why it was not.
        var flaw = Flaw.syntax
        var misspelled: Flaw?

        /// - Parameter depth: how many brackets may open.
        mutating func value(_ depth: Int, _ reading: Reading) -> Bool {
            space()
            let isThere =
                switch rest.first {
                case UInt8(ascii: "{"): object(depth, reading)
                case UInt8(ascii: "["): array(depth, reading)
                case UInt8(ascii: "\""): string()
                case UInt8(ascii: "t"): word("true")
                case UInt8(ascii: "f"): word("false")
                case UInt8(ascii: "n"): word("null")
                default: number()
                }
            space()
            return isThere
        }

        private mutating func array(_ depth: Int, _ reading: Reading) -> Bool {
            guard depth > 0, take("[") else { return false }
            space()
            if take("]") { return true }
            let inner = if case .elements(let reading) = reading { reading } else { Reading.asItIs }
            repeat {
                guard value(depth - 1, inner) else { return false }
            } while take(",")
            return take("]")
        }

        private mutating func object(_ depth: Int, _ reading: Reading) -> Bool {
            guard depth > 0, take("{") else { return false }
            space()
            if take("}") { return true }
            // Names that are equal as strings though not in their bytes (an é of one piece or of two) are one to Foundation.
            var names: Set<String> = []
            repeat {
                guard let name = self.name() else { return false }
                guard names.insert(name).inserted else {
                    flaw = .repeated(name)
                    return false
                }
                var inner = Reading.asItIs
                if case .members(let members) = reading, let member = members[folded(name)] {
                    if member.name == name {
                        inner = member.reading
                    } else if misspelled == nil {
                        misspelled = .misspelled(name, member.name)
                    }
                }
                guard value(depth - 1, inner) else { return false }
            } while take(",")
            return take("}")
        }

        private mutating func name() -> String? {
            space()
            let start = rest
            guard string() else { return nil }
            let raw = start[(start.startIndex + 1)..<(rest.startIndex - 1)]
            space()
            return take(":") ? text(raw) : nil
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
