/// A configuration as it was written: YAML's tree, with where each part comes from.
struct ConfigNode: Sendable, Hashable {
    enum Content: Sendable, Hashable {
        case null
        /// Text that was in quotes is never a number or a truth value.
        case scalar(String, quoted: Bool)
        case list([ConfigNode])
        case map([Entry])
    }

    struct Entry: Sendable, Hashable {
        var key: String
        var value: ConfigNode
    }

    /// Where a value was given, for messages.
    enum Origin: Sendable, Hashable, CustomStringConvertible {
        case file(String, line: Int)
        case option(String)

        var description: String {
            switch self {
            case .file(let name, let line): "\(name):\(line)"
            case .option(let text): text
            }
        }
    }

    var content: Content
    /// A map's value has the line of its key.
    var origin: Origin?

    init(_ content: Content, origin: Origin? = nil) {
        self.content = content
        self.origin = origin
    }

    static let empty = ConfigNode(.map([]))
    static let null = ConfigNode(.null)

    /// Something of the program's own: never taken for anything but text when it is read back.
    static func text(_ text: some CustomStringConvertible) -> ConfigNode {
        ConfigNode(.scalar(text.description, quoted: false))
    }

    /// Text whatever it looks like, also to programs that read it as JSON.
    static func words(_ text: some CustomStringConvertible) -> ConfigNode {
        ConfigNode(.scalar(text.description, quoted: true))
    }

    static func list(_ nodes: [ConfigNode]) -> ConfigNode { ConfigNode(.list(nodes)) }

    static func map(_ entries: KeyValuePairs<String, ConfigNode>) -> ConfigNode {
        ConfigNode(.map(entries.map { Entry(key: $0.key, value: $0.value) }))
    }

    var isNull: Bool { content == .null }

    var entries: [Entry]? {
        if case .map(let entries) = content { entries } else { nil }
    }

    subscript(key: String) -> ConfigNode? {
        entries?.first { $0.key == key }?.value
    }

    /// The value at a path as problems have it, `access.issuers[0].issuer`, or the last one on the way there.
    func nearest(_ path: String) -> ConfigNode {
        let components = path.split(separator: ".").flatMap { $0.split(separator: "[").map(String.init) }
        return nearest(components)
    }

    /// The value at `path`, or the last one on the way there. An element of a list is its number with a
    /// bracket behind it.
    func nearest(_ path: some Collection<String>) -> ConfigNode {
        guard let first = path.first, let child = self[first] ?? element(first) else { return self }
        return child.nearest(path.dropFirst())
    }

    private func element(_ text: String) -> ConfigNode? {
        guard case .list(let nodes) = content, text.hasSuffix("]"), let index = Int(text.dropLast()),
            nodes.indices.contains(index)
        else { return nil }
        return nodes[index]
    }

    /// What kind of thing it is, for messages.
    var kind: String {
        switch content {
        case .null: "nothing"
        case .scalar(let text, _): "“\(text)”"
        case .list: "a list"
        case .map: "a section"
        }
    }
}
