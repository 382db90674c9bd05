extension Settings {
    /// What a running server can take up; anything else needs a restart.
    private static let reloadable = ["log.", "limits.", "manifests.", "http.tls", "http.trusted-proxies", "access"]
    /// The backends were built with it.
    private static let fixed: Set = ["limits.upload-memory"]

    /// These settings with what a running server can take up from `new`, and the full paths of the changes that it
    /// cannot. Throws ``ConfigurationError`` when the two do not go together.
    func reloaded(from new: Settings) throws -> (settings: Settings, needRestart: [String]) {
        let before = tree.leaves, after = new.tree.leaves
        let changed = Set(before.keys).union(after.keys).filter { !Self.isSame(before[$0], after[$0]) }
        let needRestart = changed.filter { path in
            Self.fixed.contains(path) || !Self.reloadable.contains { path.hasPrefix($0) }
        }
        var settings = self
        settings.log = new.log
        settings.limits = new.limits
        settings.limits.uploadMemory = limits.uploadMemory
        settings.missingReferences = new.missingReferences
        settings.tls = new.tls
        settings.trustedProxies = new.trustedProxies
        settings.access = new.access
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
