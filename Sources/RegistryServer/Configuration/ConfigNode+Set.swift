extension ConfigNode {
    /// Applies `--set KEY=VALUE`: KEY is a path with dots, VALUE any YAML value on one line.
    /// Sections on the way are made.
    mutating func set(_ assignment: String) throws {
        let option = Origin.option("--set \(assignment)")
        guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex else {
            throw ConfigurationError([ConfigProblem(origin: option, "expected KEY=VALUE, as in log.level=debug")])
        }
        let path = assignment[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard !path.contains("") else {
            throw ConfigurationError([ConfigProblem(origin: option, "an empty component in the key")])
        }
        let value = try ConfigNode(yaml: String(assignment[assignment.index(after: equals)...])) { _ in option }
        try set(value, at: path[...], option)
    }

    mutating func set(_ value: ConfigNode, at path: ArraySlice<String>, _ option: Origin) throws {
        guard let key = path.first else {
            self = value
            origin = option
            return
        }
        var entries: [Entry]
        switch content {
        case .map(let existing): entries = existing
        case .null: entries = []
        default:
            throw ConfigurationError([ConfigProblem(origin: option, "nothing can be below \(kind)")])
        }
        var child = ConfigNode(.null, origin: option)
        let index = entries.firstIndex { $0.key == key }
        if let index { child = entries[index].value }
        try child.set(value, at: path.dropFirst(), option)
        if let index {
            entries[index].value = child
        } else {
            entries.append(Entry(key: key, value: child))
        }
        content = .map(entries)
    }
}
