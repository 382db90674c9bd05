/// What happens while a type reads itself from a tree: which keys it asked for, and what was wrong.
///
/// One reading belongs to one decode; it is shared by all decoders below the first.
final class ConfigReading {
    private(set) var problems: [ConfigProblem] = []
    /// Whether a wrong value of an optional key is noted and reading goes on as if it were not there, so that all
    /// mistakes of a file show at once. Not for code that acts on what it reads before it asks for problems.
    let collects: Bool
    private var sections: [String: (node: ConfigNode, known: Set<String>)] = [:]

    init(collects: Bool) {
        self.collects = collects
    }

    func note(_ problem: ConfigProblem) {
        problems.append(problem)
    }

    func opened(_ node: ConfigNode, at path: String) {
        if sections[path] == nil { sections[path] = (node, []) }
    }

    func asked(for key: String, at path: String) {
        sections[path]?.known.insert(key)
    }

    /// Reading the section at `path` failed half-way, so which keys it would have known is not known.
    func abandon(_ path: String) {
        sections[path] = nil
    }

    /// The keys that nobody asked for.
    var unknownKeys: [ConfigProblem] {
        sections.sorted { $0.key < $1.key }.flatMap { path, section in
            (section.node.entries ?? []).filter { !section.known.contains($0.key) }.map { entry in
                let full = path.isEmpty ? entry.key : "\(path).\(entry.key)"
                return ConfigProblem(full, origin: entry.value.origin, Self.explain(entry.key, section.known))
            }
        }
    }

    private static func explain(_ key: String, _ known: Set<String>) -> String {
        let refusal = "not a key that this release knows"
        if let likely = nearest(to: key, among: known) { return "\(refusal); did you mean “\(likely)”?" }
        guard !known.isEmpty else { return "\(refusal); there are none here" }
        return "\(refusal); those it knows here: \(known.sorted().joined(separator: ", "))"
    }

    /// Throws everything that was found wrong, unknown keys included.
    func finish() throws {
        let all = problems + unknownKeys
        guard all.isEmpty else { throw ConfigurationError(all) }
    }
}
