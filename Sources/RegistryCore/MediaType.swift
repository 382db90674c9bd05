/// What may stand where a media type does.
enum MediaType {
    /// In bytes.
    static let longest = 255

    /// RFC 6838, section 4.2: two names with a slash between them, each of 1 to 127 letters, digits and `!#$&-^_.+`, the first
    /// a letter or a digit.
    static func isValid(_ text: String) -> Bool {
        guard text.utf8.count <= longest else { return false }
        let names = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return names.count == 2 && names.allSatisfy(isName)
    }

    private static func isName(_ name: Substring.UTF8View) -> Bool {
        guard (1...127).contains(name.count), let first = name.first, isAlphanumeric(first) else { return false }
        return name.allSatisfy { isAlphanumeric($0) || marks.contains($0) }
    }

    private static let marks = Array("!#$&-^_.+".utf8)

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// What is taken for an artifact type. The specification wants a media type there; tools have put other names there for years,
    /// so what would do harm is refused and nothing else.
    static func isPrintable(_ text: String) -> Bool {
        text.utf8.count <= 255
            && text.unicodeScalars.allSatisfy { scalar in
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
                    false
                default: true
                }
            }
    }
}
