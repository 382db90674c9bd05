extension StrictJSON {
    /// What was read of a value.
    enum Value: Sendable {
        case null
        case text(String)
        case array([Value])
        case object([String: Value])
        /// Something else than was to be read, or what nobody wanted to read.
        case other(Kind)
    }

    enum Kind: Sendable {
        case null, text, number, boolean, array, object
    }

    /// A value is not what it is to be.
    struct Mismatch: Error, CustomStringConvertible {
        /// Names and indices from the document's first bracket on: `.layers[0].digest`.
        var place = ""
        var wanted: Kind
        /// nil: it is not there.
        var found: Kind?

        var description: String {
            guard let found else { return "\(place.dropFirst()) is missing" }
            return "\(place.dropFirst()) is \(Self.name(found)) and not \(Self.name(wanted))"
        }

        /// Reads what is at `place` in something larger.
        static func at<T>(
            _ place: @autoclosure () -> String,
            _ read: () throws(Self) -> T
        ) throws(Self) -> T {
            do throws(Self) {
                return try read()
            } catch {
                throw Self(place: place() + error.place, wanted: error.wanted, found: error.found)
            }
        }

        private static func name(_ kind: Kind) -> String {
            switch kind {
            case .null: "null"
            case .text: "a string"
            case .number: "a number"
            case .boolean: "true or false"
            case .array: "an array"
            case .object: "an object"
            }
        }
    }
}

extension StrictJSON.Value {
    func text() throws(StrictJSON.Mismatch) -> String {
        guard case .text(let text) = self else { throw mismatch(.text) }
        return text
    }

    func array<T>(_ read: (Self) throws(StrictJSON.Mismatch) -> T) throws(StrictJSON.Mismatch) -> [T] {
        guard case .array(let elements) = self else { throw mismatch(.array) }
        var list: [T] = []
        for (index, element) in elements.enumerated() {
            list.append(
                try StrictJSON.Mismatch.at("[\(index)]") { () throws(StrictJSON.Mismatch) in try read(element) })
        }
        return list
    }

    func object() throws(StrictJSON.Mismatch) -> [String: StrictJSON.Value] {
        guard case .object(let members) = self else { throw mismatch(.object) }
        return members
    }

    private func mismatch(_ wanted: StrictJSON.Kind) -> StrictJSON.Mismatch {
        StrictJSON.Mismatch(wanted: wanted, found: kind)
    }

    private var kind: StrictJSON.Kind {
        switch self {
        case .null: .null
        case .text: .text
        case .array: .array
        case .object: .object
        case .other(let kind): kind
        }
    }
}

extension [String: StrictJSON.Value] {
    /// What a member is read as; nil: it is not there, or null.
    func member<T>(
        _ name: String,
        _ read: (StrictJSON.Value) throws(StrictJSON.Mismatch) -> T
    ) throws(StrictJSON.Mismatch) -> T? {
        switch self[name] {
        case nil, .null: nil
        case let value?:
            try StrictJSON.Mismatch.at(".\(name)") { () throws(StrictJSON.Mismatch) in try read(value) }
        }
    }
}
