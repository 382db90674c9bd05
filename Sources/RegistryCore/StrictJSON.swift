internal import FoundationEssentials

/// JSON as everybody reads it.
///
/// Many decoders take more than RFC 8259 has: Foundation's looks past a comma before a closing bracket, guesses at encodings other
/// than UTF-8, and does not look into values that nobody asks for. A manifest like that would be stored here and refused by the
/// clients that pull it. Others they would take and read another way: of two members with one name some take the first and
/// Go, which most clients are written in, the last; and to Go `Layers` is `layers`. They would ask for blobs of which nobody here
/// knows that they are needed.
package enum StrictJSON {
    /// Brackets in one another. Less than Foundation's decoder goes into (512): where it says that there are too many, it may read
    /// beyond the end of what it was given, and the process dies of that.
    static let deepest = 500

    package enum Flaw: Hashable, Error, CustomStringConvertible {
        case syntax
        /// A string is not what everybody takes for the same text.
        case text
        /// An object has two members with this name.
        case repeated(String)
        /// Go takes the first for the second.
        case misspelled(String, String)

        package var description: String {
            switch self {
            case .syntax: "it is not JSON (RFC 8259) in UTF-8 of at most \(deepest) brackets in one another"
            case .text: "a string in it has half a surrogate pair, or too many combining marks in a row"
            case .repeated(let name): "an object in it has \(name.debugDescription) twice"
            case .misspelled(let name, let field): "\(name.debugDescription) in it is to be spelled “\(field)”"
            }
        }
    }

    /// What was found on the way. Whoever's names they are: what is misspelled may be a name of its own.
    struct Outcome {
        /// nil: there is a flaw.
        var value: Value?
        /// Not everybody would read it the same way, or at all.
        var flaw: Flaw?
        /// The first name that is.
        var misspelled: Flaw?
    }

    static func read(_ bytes: some Sequence<UInt8>, reading: Reading = .nothing) -> Outcome {
        let bytes = Array(bytes)
        guard String(validating: bytes, as: UTF8.self) != nil else { return Outcome(flaw: .syntax) }
        var reader = Reader(bytes)
        let value = reader.document(reading)
        return Outcome(value: value, flaw: value == nil ? reader.flaw : nil, misspelled: reader.misspelled)
    }

    /// What not everybody would read the same way; nil: there is nothing.
    static func flaw(in bytes: some Sequence<UInt8>, reading: Reading = .nothing) -> Flaw? {
        let outcome = read(bytes, reading: reading)
        return outcome.flaw ?? outcome.misspelled
    }

    /// The only way to Foundation's decoder for what strangers send. Throws ``Flaw``, or what the decoder throws.
    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: some Sequence<UInt8>) throws -> Value {
        let bytes = Array(bytes)
        if let flaw = flaw(in: bytes) { throw flaw }
        return try JSONDecoder().decode(type, from: Data(bytes))
    }
}
