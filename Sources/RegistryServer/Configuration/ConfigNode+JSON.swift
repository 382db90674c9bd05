extension ConfigNode {
    /// As JSON on indented lines. Plain numbers and truth values are JSON's own, everything else is text.
    var json: String { json(indent: "") }

    private func json(indent: String) -> String {
        let inner = indent + "  "
        switch content {
        case .null:
            return "null"
        case .scalar(let text, let quoted):
            let isLiteral = text == "true" || text == "false" || Int64(text).map(String.init) == text
            return !quoted && isLiteral ? text : Self.quoted(text)
        case .list(let nodes):
            return "[" + nodes.map { $0.json(indent: inner) }.joined(separator: ", ") + "]"
        case .map(let entries):
            if entries.isEmpty { return "{}" }
            let lines = entries.map { inner + Self.quoted($0.key) + ": " + $0.value.json(indent: inner) }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var buffer = LogBuffer()
        buffer.appendJSON(text)
        return String(decoding: buffer.bytes, as: UTF8.self)
    }
}
