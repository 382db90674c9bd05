extension StrictJSON {
    /// What the bytes between two quotation marks mean, which are a JSON string.
    static func text(_ raw: some Collection<UInt8>) -> String {
        let written = String(decoding: raw, as: UTF8.self)
        guard raw.contains(UInt8(ascii: "\\")) else { return written }
        var rest = written.unicodeScalars[...]
        // A pair of escapes may be one letter. Half a pair becomes U+FFFD here, as it does in Go.
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
                units.append(UInt16(String(rest.prefix(4)), radix: 16) ?? 0xfffd)
                rest = rest.dropFirst(4)
            default: units.append(contentsOf: escape.utf16)
            }
        }
        return String(decoding: units, as: UTF16.self)
    }

    /// Equal for names that Go's encoding/json takes for one field (its `fold.go`). Besides those in ASCII two letters count as one
    /// there: the Kelvin sign, whose lower case that is, and the long s.
    static func folded(_ name: String) -> String {
        let name = name.lowercased()
        guard name.unicodeScalars.contains("\u{17f}") else { return name }
        return name.unicodeScalars.reduce(into: "") { $0.unicodeScalars.append($1 == "\u{17f}" ? "s" : $1) }
    }
}
