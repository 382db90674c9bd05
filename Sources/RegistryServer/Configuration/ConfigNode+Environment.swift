extension ConfigNode {
    /// With `${NAME}` in values replaced by the environment's, and `$$` by one `$`. What is wrong goes to `problems`.
    func substituting(_ environment: [String: String], path: String = "", problems: inout [ConfigProblem]) -> ConfigNode
    {
        var copy = self
        switch content {
        case .null:
            break
        case .scalar(let text, let quoted):
            do {
                let expanded = try Self.expand(text, environment)
                // In a flow section `{ n: "${N}" }` YAML wants quotes, and they do not make a number text.
                copy.content = .scalar(expanded, quoted: quoted && expanded == text)
            } catch {
                copy.content = .null
                problems.append(ConfigProblem(path, origin: origin, error.text))
            }
        case .list(let nodes):
            copy.content = .list(
                nodes.enumerated().map { index, node in
                    node.substituting(environment, path: "\(path)[\(index)]", problems: &problems)
                }
            )
        case .map(let entries):
            copy.content = .map(
                entries.map { entry in
                    let path = path.isEmpty ? entry.key : "\(path).\(entry.key)"
                    let value = entry.value.substituting(environment, path: path, problems: &problems)
                    return Entry(key: entry.key, value: value)
                }
            )
        }
        return copy
    }

    private struct Unresolved: Error {
        var text: String
    }

    private static func expand(_ text: String, _ environment: [String: String]) throws(Unresolved) -> String {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        var out = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            out += rest[..<dollar]
            rest = rest[dollar...].dropFirst()
            if rest.first == "$" {
                out += "$"
                rest = rest.dropFirst()
            } else if rest.first == "{" {
                guard let end = rest.firstIndex(of: "}") else {
                    throw Unresolved(text: "“${” without “}”; write $$ for a dollar sign")
                }
                let name = String(rest[..<end].dropFirst())
                guard let value = environment[name] else {
                    throw Unresolved(text: "the environment variable \(name) is not set; write $$ for a dollar sign")
                }
                out += value
                rest = rest[rest.index(after: end)...]
            } else {
                out += "$"
            }
        }
        return out + rest
    }
}
