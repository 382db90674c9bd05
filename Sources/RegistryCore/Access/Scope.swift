/// What a token is good for: a list of `repository:NAME:ACTIONS` and `registry:catalog:*` (Docker's token authentication
/// specification, "Resource scope"). It takes rights away from its user and gives none.
package struct Scope: Sendable, Hashable {
    package enum Action: String, Sendable, Hashable, CaseIterable {
        case pull, push, delete
    }

    package struct Entry: Sendable, Hashable {
        package var repositories: RepositoryPattern
        /// May be none: the repository was asked for, and nothing was granted.
        package var actions: Set<Action>

        package init(_ repositories: RepositoryPattern, _ actions: Set<Action>) {
            self.repositories = repositories
            self.actions = actions
        }
    }

    package var entries: [Entry] = []
    package var hasCatalog = false

    package init() {}

    /// What it says of a repository; nil: nothing.
    package func actions(in repository: RepositoryName) -> Set<Action>? {
        var found: Set<Action>?
        for entry in entries where entry.repositories.covers(repository) {
            found = (found ?? []).union(entry.actions)
        }
        return found
    }

    /// Adds what `text` says, one `type:name:actions`. False: it is not one that means anything here; nothing was added.
    /// `*` stands for all actions.
    package mutating func add(_ text: some StringProtocol) -> Bool {
        // A name may hold colons (a host's port), so the type ends at the first and the actions begin at the last.
        guard let first = text.firstIndex(of: ":"), let last = text.lastIndex(of: ":"), first < last else {
            return false
        }
        let (type, actions) = (text[..<first], text[text.index(after: last)...])
        let name = text[text.index(after: first)..<last]
        switch type {
        case "registry":
            guard name == "catalog", actions == "*" else { return false }
            hasCatalog = true
        case "repository":
            guard let pattern = RepositoryPattern(name), let set = Self.actions(actions) else { return false }
            entries.append(Entry(pattern, set))
        default:
            return false
        }
        return true
    }

    /// nil: one of them is not known.
    private static func actions(_ text: some StringProtocol) -> Set<Action>? {
        var set: Set<Action> = []
        for word in text.split(separator: ",") {
            if word == "*" {
                set.formUnion(Action.allCases)
            } else if let action = Action(rawValue: String(word)) {
                set.insert(action)
            } else {
                return nil
            }
        }
        return set
    }

    /// As ``add(_:)`` reads them, one each.
    package var texts: [String] {
        (hasCatalog ? ["registry:catalog:*"] : [])
            + entries.map { entry in
                let actions = Action.allCases.filter { entry.actions.contains($0) }.map(\.rawValue)
                return "repository:\(entry.repositories):\(actions.joined(separator: ","))"
            }
    }
}
