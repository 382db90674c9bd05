extension Settings {
    /// What a running server can take up; anything else needs a restart.
    private static let reloadable = [
        "log.", "limits.", "manifests.", "gc.", "backup.", "read-only", "http.tls", "http.trusted-proxies", "access",
        "storage.active",
    ]
    /// The backends were built with it.
    private static let fixed: Set = ["limits.upload-memory"]

    /// These settings with what a running server can take up from `new`, and the full paths of the changes that it
    /// cannot. Throws ``ConfigurationError`` when the two do not go together.
    func reloaded(from new: Settings) throws -> (settings: Settings, needRestart: [String]) {
        let before = tree.leaves, after = new.tree.leaves
        let changed = Set(before.keys).union(after.keys).filter { !Self.isSame(before[$0], after[$0]) }
        // A backend that comes or goes is taken up; one that stays, stays as it was built.
        let staying = Set(backends.map(\.name)).intersection(new.backends.map(\.name))
        let needRestart = changed.filter { path in
            if let name = Self.backend(path) { return staying.contains(name) }
            return Self.fixed.contains(path) || !Self.reloadable.contains { path.hasPrefix($0) }
        }
        var settings = self
        settings.log = new.log
        settings.limits = new.limits
        settings.limits.uploadMemory = limits.uploadMemory
        settings.missingReferences = new.missingReferences
        settings.garbage = new.garbage
        settings.backup = new.backup
        settings.isReadOnly = new.isReadOnly
        settings.tls = new.tls
        settings.trustedProxies = new.trustedProxies
        settings.access = new.access
        settings.activeBackend = new.activeBackend
        settings.isStorageDefault = new.isStorageDefault
        settings.backends = new.backends.map { backend in backends.first { $0.name == backend.name } ?? backend }
        // A default that comes of the public URL stays with it.
        if new.access.realm == Access.defaultRealm(new.publicURL) {
            settings.access.realm = Access.defaultRealm(publicURL)
        }
        // The listeners stay as they are, whatever the file says of them now.
        if let problem = settings.openToAll {
            throw ConfigurationError([
                ConfigProblem("access.anonymous", "\(problem). The addresses change with a restart only")
            ])
        }
        return (settings, needRestart.sorted())
    }

    /// The backend that a path is in; nil: it is in none.
    private static func backend(_ path: String) -> String? {
        let names = path.split(separator: ".", maxSplits: 3)
        guard names.count > 3, names[0] == "storage", names[1] == "backends" else { return nil }
        return String(names[2])
    }

    /// Where a value stands in its file makes no difference.
    private static func isSame(_ a: ConfigNode.Content?, _ b: ConfigNode.Content?) -> Bool {
        switch (a, b) {
        case (.list(let a)?, .list(let b)?):
            a.count == b.count && zip(a, b).allSatisfy { isSame($0.content, $1.content) }
        case (.map?, .map?), (nil, nil): true
        case (let a?, let b?): a == b
        default: false
        }
    }
}
