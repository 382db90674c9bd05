/// A file of AWS's tools: sections in brackets, `name = value` lines in them, comments after `#` or `;`.
///
/// Lines that are indented below a property without a value belong to that property (`s3 =`), and are left out.
struct ProfileFile: Sendable, Hashable {
    /// By the sections' titles, with single spaces; properties by their names in lower case.
    private(set) var sections: [String: [String: String]] = [:]

    init(_ bytes: [UInt8]) {
        var section: String?
        var isNested = false
        let text = String(decoding: bytes, as: UTF8.self)
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.drop { $0 == "\u{feff}" }
            let isIndented = line.first?.isWhitespace ?? false
            let content = Self.trimmed(Self.withoutComment(line))
            if content.isEmpty { continue }
            if content.first == "[" {
                section = nil
                isNested = false
                guard let close = content.firstIndex(of: "]") else { continue }
                let title = content[content.index(after: content.startIndex)..<close]
                section = title.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                continue
            }
            if !isIndented { isNested = false }
            guard let section, !isNested, let equals = content.firstIndex(of: "=") else { continue }
            let name = Self.trimmed(content[..<equals]).lowercased()
            let value = Self.trimmed(content[content.index(after: equals)...])
            isNested = value.isEmpty
            if !name.isEmpty, !value.isEmpty { sections[section, default: [:]][name] = String(value) }
        }
    }

    /// Up to a comment sign at the line's start, or one that follows white space.
    private static func withoutComment(_ line: Substring) -> Substring {
        var follows = true
        for index in line.indices {
            let character = line[index]
            if follows, character == "#" || character == ";" { return line[..<index] }
            follows = character.isWhitespace
        }
        return line
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace ?? false { text.removeLast() }
        return text
    }
}
