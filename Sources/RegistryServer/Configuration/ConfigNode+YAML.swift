import Yams

// The only file that knows Yams.
extension ConfigNode {
    /// Parses a YAML document. `origin` says where a line of it is (lines count from 1).
    init(yaml: String, origin: (_ line: Int) -> Origin) throws {
        do {
            // `basic`: what a scalar means is for whoever reads it to say, so that `no` can be somebody's name.
            guard let root = try Yams.compose(yaml: yaml, .basic) else {
                self = .null
                return
            }
            var room = Self.mostValues
            try self.init(root, &room, origin: origin)
        } catch let error as YamlError {
            var problem = ConfigProblem(error, origin: origin)
            if yaml.contains("${") { problem.text += "; within { } and [ ] a “${NAME}” must be in quotes" }
            throw ConfigurationError([problem], cause: error)
        }
    }

    /// Aliases of aliases could make more of a few lines than there is memory for.
    private static let mostValues = 100_000

    private init(
        _ node: Yams.Node, at position: Origin? = nil, _ room: inout Int, origin: (_ line: Int) -> Origin
    ) throws {
        self.origin = position ?? node.mark.map { origin($0.line) }
        room -= 1
        guard room >= 0 else {
            let text = "this and what aliases stand for are more than \(Self.mostValues) values"
            throw ConfigurationError([ConfigProblem(origin: self.origin, text)])
        }
        switch node {
        case .scalar(let scalar):
            let plain = scalar.style == .plain || scalar.style == .any
            let isNull = plain && ["", "~", "null"].contains(scalar.string)
            content = isNull ? .null : .scalar(scalar.string, quoted: !plain)
        case .sequence(let nodes):
            content = .list(try nodes.map { try ConfigNode($0, &room, origin: origin) })
        case .mapping(let pairs):
            content = .map(
                try pairs.map { key, value in
                    let position = key.mark.map { origin($0.line) }
                    guard let name = key.scalar?.string else {
                        throw ConfigurationError([ConfigProblem(origin: position, "a key must be a word")])
                    }
                    return Entry(key: name, value: try ConfigNode(value, at: position, &room, origin: origin))
                }
            )
        case .alias:
            throw ConfigurationError([ConfigProblem(origin: self.origin, "an alias of nothing")])
        }
    }

    /// As a YAML document that reads back as the same tree.
    func yaml() throws -> String {
        try Yams.serialize(node: yamlNode, width: -1, allowUnicode: true)
    }

    private var yamlNode: Yams.Node {
        switch content {
        case .null:
            return Node("null", .implicit, .plain)
        case .scalar(let text, let quoted):
            let mustQuote = quoted || ["", "~", "null"].contains(text)
            // A dollar sign of its own is written twice; see ConfigNode+Environment.swift.
            let escaped = text.split(separator: "$", omittingEmptySubsequences: false).joined(separator: "$$")
            return Node(escaped, .implicit, mustQuote ? .doubleQuoted : .any)
        case .list(let nodes):
            let isShort = nodes.allSatisfy { if case .scalar = $0.content { true } else { false } }
            return Node(nodes.map(\.yamlNode), .implicit, isShort ? .flow : .block)
        case .map(let entries):
            let pairs = entries.map { (Node($0.key), $0.value.yamlNode) }
            return Node(pairs, .implicit, entries.isEmpty ? .flow : .block)
        }
    }
}

extension ConfigProblem {
    fileprivate init(_ error: YamlError, origin: (_ line: Int) -> ConfigNode.Origin) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            self.init(origin: origin(mark.line), "not YAML: \(problem)")
        case .reader(let problem, let offset, _, let yaml):
            let before = yaml.utf8.prefix(offset ?? 0)
            self.init(origin: origin(1 + before.count { $0 == UInt8(ascii: "\n") }), "not YAML: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.sorted().joined(separator: ", ")
            self.init(origin: origin(context.mark.line), "given twice: \(names)")
        default:
            self.init("", "not YAML: \(error)")
        }
    }
}
