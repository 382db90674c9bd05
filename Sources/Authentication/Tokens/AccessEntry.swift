internal import RegistryCore

/// An entry of the claim `access` (Docker's token authentication specification, "Claim Set").
struct AccessEntry: Sendable, Codable {
    var type: String
    var name: String
    var actions: [String]

    init(type: String, name: String, actions: [String]) {
        self.type = type
        self.name = name
        self.actions = actions
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        type = try container.decode(String.self, forKey: .type)
        name = try container.decode(String.self, forKey: .name)
        // null: how programs in Go write an empty list.
        actions = try container.decodeIfPresent([String].self, forKey: .actions) ?? []
    }
}

extension AccessEntry {
    static func entries(_ scope: Scope) -> [AccessEntry] {
        let catalog = AccessEntry(type: "registry", name: "catalog", actions: ["*"])
        return (scope.hasCatalog ? [catalog] : [])
            + scope.entries.map { entry in
                let actions = Scope.Action.allCases.filter { entry.actions.contains($0) }.map(\.rawValue)
                return AccessEntry(type: "repository", name: entry.repositories.description, actions: actions)
            }
    }

    /// Entries and actions that mean nothing here give nothing.
    static func scope(_ entries: [AccessEntry]) -> Scope {
        var scope = Scope()
        for entry in entries {
            switch entry.type {
            case "registry":
                if entry.name == "catalog", entry.actions.contains("*") { scope.hasCatalog = true }
            case "repository":
                guard let pattern = RepositoryPattern(entry.name) else { continue }
                let actions =
                    entry.actions.contains("*") ? Scope.Action.allCases : entry.actions.compactMap(Scope.Action.init)
                scope.entries.append(Scope.Entry(pattern, Set(actions)))
            default:
                continue
            }
        }
        return scope
    }
}
