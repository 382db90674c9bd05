extension StrictJSON {
    /// What the bytes between two quotation marks mean, which are a JSON string; nil: it depends on who reads them.
    ///
    /// Half a surrogate pair is U+FFFD to Go, kept by some, and an error to others. Text with many combining marks in a row is not
    /// what Unicode wants texts to be that are put into a normal form (UAX #15, section 13), and comparing it takes time that
    /// grows with the square of their number.
    static func text(_ raw: ArraySlice<UInt8>, hasEscapes: Bool) -> String? {
        let written = String(decoding: raw, as: UTF8.self)
        guard let text = hasEscapes ? unescaped(written) : written else { return nil }
        return hasManyMarks(text) ? nil : text
    }

    private static func unescaped(_ written: String) -> String? {
        var rest = written.unicodeScalars[...]
        // A pair of escapes may be one letter.
        var units: [UInt16] = []
        while let scalar = rest.popFirst() {
            guard scalar == "\\", let escape = rest.popFirst() else {
                units.append(contentsOf: scalar.utf16)
                continue
            }
            switch escape {
            case "b": units.append(0x08)
            case "f": units.append(0x0c)
            case "n": units.append(0x0a)
            case "r": units.append(0x0d)
            case "t": units.append(0x09)
            case "u":
                guard let unit = UInt16(String(rest.prefix(4)), radix: 16) else { return nil }
                units.append(unit)
                rest = rest.dropFirst(4)
            default: units.append(contentsOf: escape.utf16)
            }
        }
        return String(validating: units, as: UTF16.self)
    }

    private static func hasManyMarks(_ text: String) -> Bool {
        var count = 0
        for scalar in text.unicodeScalars {
            count = isMark(scalar) ? count + 1 : 0
            if count > 30 { return true }
        }
        return false
    }

    /// Whether it may change places with others in a normal form. Three Tibetan vowels do not, but what they are made of does.
    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.value >= 0x300 else { return false }
        return scalar.properties.canonicalCombiningClass != .notReordered
            || [0xf73, 0xf75, 0xf81].contains(scalar.value)
    }

    /// Equal for names that Go's encoding/json takes for one field (its `fold.go`). Besides those in ASCII two letters count as one
    /// there: the Kelvin sign, whose lower case that is, and the long s.
    static func folded(_ name: String) -> String {
        let name = name.lowercased()
        guard name.unicodeScalars.contains("\u{17f}") else { return name }
        return name.unicodeScalars.reduce(into: "") { $0.unicodeScalars.append($1 == "\u{17f}" ? "s" : $1) }
    }
}
