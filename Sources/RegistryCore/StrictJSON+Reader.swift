extension StrictJSON {
    /// Looks through a document from its first byte to its last. Each function looks past what it is named for, and gives nil, or
    /// false, when that was not there.
    struct Reader {
        private let bytes: [UInt8]
        private var place = 0
        /// Why something was not there.
        private(set) var flaw = Flaw.syntax
        private(set) var misspelled: Flaw?

        /// - Parameter bytes: UTF-8.
        init(_ bytes: [UInt8]) { self.bytes = bytes }

        mutating func document(_ reading: Reading) -> Value? {
            guard let value = value(deepest, reading), place == bytes.count else { return nil }
            return value
        }

        /// - Parameter depth: how many brackets may open.
        private mutating func value(_ depth: Int, _ reading: Reading) -> Value? {
            space()
            let value: Value? =
                switch next {
                case UInt8(ascii: "{"): object(depth, reading)
                case UInt8(ascii: "["): array(depth, reading)
                case UInt8(ascii: "\""): text(reading)
                case UInt8(ascii: "t"): word("true") ? .other(.boolean) : nil
                case UInt8(ascii: "f"): word("false") ? .other(.boolean) : nil
                case UInt8(ascii: "n"): word("null") ? .null : nil
                default: number() ? .other(.number) : nil
                }
            space()
            return value
        }

        private mutating func array(_ depth: Int, _ reading: Reading) -> Value? {
            guard depth > 0, take("[") else { return nil }
            let inner: Reading? = if case .elements(let reading) = reading { reading } else { nil }
            var elements: [Value] = []
            space()
            if !take("]") {
                repeat {
                    guard let element = value(depth - 1, inner ?? .nothing) else { return nil }
                    if inner != nil { elements.append(element) }
                } while take(",")
                guard take("]") else { return nil }
            }
            return inner == nil ? .other(.array) : .array(elements)
        }

        private mutating func object(_ depth: Int, _ reading: Reading) -> Value? {
            guard depth > 0, take("{") else { return nil }
            var members: [String: Value] = [:]
            space()
            if !take("}") {
                // Names that are equal as strings though not in their bytes (an é of one piece or of two) are one to some.
                var names: Set<String> = []
                repeat {
                    guard let name = name() else { return nil }
                    guard names.insert(name).inserted else {
                        flaw = .repeated(name)
                        return nil
                    }
                    let inner = member(name, reading)
                    guard let value = value(depth - 1, inner ?? .nothing) else { return nil }
                    if inner != nil { members[name] = value }
                } while take(",")
                guard take("}") else { return nil }
            }
            return switch reading {
            case .members, .dictionary: .object(members)
            case .nothing, .text, .elements: .other(.object)
            }
        }

        /// What is read of an object's member; nil: nothing.
        private mutating func member(_ name: String, _ reading: Reading) -> Reading? {
            switch reading {
            case .nothing, .text, .elements:
                return nil
            case .dictionary(let reading):
                return reading
            case .members(let members):
                if let reading = members.reading(name) { return reading }
                if misspelled == nil, let spelling = members.spelling(name) {
                    misspelled = .misspelled(name, spelling)
                }
                return nil
            }
        }

        private mutating func name() -> String? {
            space()
            guard let name = string() else { return nil }
            space()
            return take(":") ? name : nil
        }

        private mutating func text(_ reading: Reading) -> Value? {
            guard let text = string() else { return nil }
            return if case .text = reading { .text(text) } else { .other(.text) }
        }

        private mutating func string() -> String? {
            guard take("\"") else { return nil }
            let start = place
            var hasEscapes = false
            while let byte = next {
                place += 1
                switch byte {
                case UInt8(ascii: "\""):
                    let text = StrictJSON.text(bytes[start..<(place - 1)], hasEscapes: hasEscapes)
                    if text == nil { flaw = .text }
                    return text
                case UInt8(ascii: "\\"):
                    guard escape() else { return nil }
                    hasEscapes = true
                case 0..<0x20:
                    return nil
                default:
                    continue
                }
            }
            return nil
        }

        private mutating func escape() -> Bool {
            guard take("u") else { return "\"\\/bfnrt".unicodeScalars.contains { take($0) } }
            for _ in 0..<4 {
                guard let digit = next, Character(Unicode.Scalar(digit)).isHexDigit else { return false }
                place += 1
            }
            return true
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
            let start = place
            while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { place += 1 }
            return place > start
        }

        private mutating func word(_ text: StaticString) -> Bool {
            let word = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
            guard bytes[place...].starts(with: word) else { return false }
            place += word.count
            return true
        }

        private mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard next == UInt8(ascii: character) else { return false }
            place += 1
            return true
        }

        private mutating func space() {
            while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { place += 1 }
        }

        /// nil: there is nothing any more.
        private var next: UInt8? { place < bytes.count ? bytes[place] : nil }
    }
}
