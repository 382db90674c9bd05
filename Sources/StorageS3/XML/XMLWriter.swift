/// Writes the bodies of requests.
struct XMLWriter {
    private(set) var bytes = Array(#"<?xml version="1.0" encoding="UTF-8"?>"#.utf8)

    mutating func element(_ name: StaticString, namespace: StaticString? = nil, _ content: (inout XMLWriter) -> Void) {
        bytes += "<\(name)".utf8
        if let namespace { bytes += " xmlns=\"\(namespace)\"".utf8 }
        bytes += ">".utf8
        content(&self)
        bytes += "</\(name)>".utf8
    }

    mutating func element(_ name: StaticString, _ text: String) {
        element(name) { $0.escape(text) }
    }

    /// What XML cannot hold at all becomes a reference that the server must refuse: better than deleting another key.
    private mutating func escape(_ text: String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": bytes += "&amp;".utf8
            case "<": bytes += "&lt;".utf8
            case ">": bytes += "&gt;".utf8
            case "\"": bytes += "&quot;".utf8
            case "'": bytes += "&apos;".utf8
            case "\u{0}"..."\u{1f}", "\u{7f}", "\u{fffe}", "\u{ffff}": bytes += "&#\(scalar.value);".utf8
            default: bytes += String(scalar).utf8
            }
        }
    }
}
