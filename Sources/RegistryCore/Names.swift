/// A repository's name, `owner/name` or any number of components.
///
/// OCI distribution specification, "Pulling manifests":
/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*`. At most 229 bytes, so that clients which
/// limit host and name together to 255 can use it behind any sensible host name.
package struct RepositoryName: Sendable, Hashable, CustomStringConvertible {
    package static let maximumLength = 229

    package let description: String

    /// nil unless `text` is a valid name.
    package init?(_ text: Substring) {
        guard (1...Self.maximumLength).contains(text.utf8.count) else { return nil }
        var rest = text.utf8
        while let slash = rest.firstIndex(of: UInt8(ascii: "/")) {
            guard Self.isComponent(rest[..<slash]) else { return nil }
            rest = rest[rest.index(after: slash)...]
        }
        guard Self.isComponent(rest) else { return nil }
        description = String(text)
    }

    package init?(_ text: String) {
        self.init(text[...])
    }

    /// The first component: whose repository it is.
    package var owner: Substring {
        description.prefix { $0 != "/" }
    }

    /// Alphanumerics, with single dots, one or two underscores, or any number of dashes between them.
    private static func isComponent(_ bytes: Substring.UTF8View) -> Bool {
        var separator: UInt8 = 0
        var run = 0
        var empty = true
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                empty = false
                run = 0
            case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                if empty { return false }
                if run > 0 && byte != separator { return false }
                separator = byte
                run += 1
                if byte == UInt8(ascii: ".") && run > 1 || byte == UInt8(ascii: "_") && run > 2 { return false }
            default:
                return false
            }
        }
        return !empty && run == 0
    }
}

/// A tag: `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}` (OCI distribution specification, "Pulling manifests").
package struct Tag: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    /// nil unless `text` is a valid tag.
    package init?(_ text: Substring) {
        guard (1...128).contains(text.utf8.count) else { return nil }
        for (index, byte) in text.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                continue
            case UInt8(ascii: "."), UInt8(ascii: "-"):
                if index == 0 { return nil }
            default:
                return nil
            }
        }
        description = String(text)
    }

    package init?(_ text: String) {
        self.init(text[...])
    }
}

/// What names a manifest in a repository: a tag, or its digest.
package enum Reference: Sendable, Hashable, CustomStringConvertible {
    case tag(Tag)
    case digest(Digest)

    /// nil unless `text` is a tag or a digest. A tag holds no colon and a digest does, so no text is both.
    package init?(_ text: Substring) {
        if let digest = Digest(text) {
            self = .digest(digest)
        } else if let tag = Tag(text) {
            self = .tag(tag)
        } else {
            return nil
        }
    }

    package init?(_ text: String) {
        self.init(text[...])
    }

    package var description: String {
        switch self {
        case .tag(let tag): tag.description
        case .digest(let digest): digest.description
        }
    }
}
