import NIOCore

/// An element of a small XML document. Attributes and namespaces are left out: no answer of S3 says anything in them.
struct XMLElement: Sendable, Hashable {
    var name: String
    /// The text directly in it, as it is written, all of it together.
    var text: String = ""
    var children: [XMLElement] = []

    /// The text of the first child of that name; nil: there is none, or it is empty.
    func value(_ name: String) -> String? {
        first(name).flatMap { $0.text.isEmpty ? nil : $0.text }
    }

    func first(_ name: String) -> XMLElement? {
        children.first { $0.name == name }
    }

    func all(_ name: String) -> [XMLElement] {
        children.filter { $0.name == name }
    }
}

extension XMLElement {
    /// The text of a child that must be there; it may be empty.
    func required(_ name: String) throws(XMLError) -> String {
        guard let child = first(name) else { throw XMLError(.unexpected, "<\(self.name)> has no <\(name)>") }
        return child.text
    }

    func number<Number: FixedWidthInteger>(_ name: String) throws(XMLError) -> Number {
        let text = try required(name)
        guard let number = Number(text), number >= 0 else {
            throw XMLError(.unexpected, "<\(name)> in <\(self.name)> is not a number: “\(text.prefix(40))”")
        }
        return number
    }

    func flag(_ name: String) -> Bool {
        value(name)?.lowercased() == "true"
    }
}

/// What came is not XML, or not the XML that was expected.
struct XMLError: Error, Hashable, CustomStringConvertible {
    enum Code: Sendable, Hashable {
        /// Not well-formed, cut off, or not UTF-8.
        case malformed
        /// A document type declaration, or larger or deeper than any honest answer.
        case refused
        /// Well-formed, but not what was asked for.
        case unexpected
    }

    var code: Code
    var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    var description: String { message }
}
