/// One thing that is wrong with a configuration.
struct ConfigProblem: Error, Sendable, Hashable {
    /// The key's full path, `storage.backends.disk.root`; empty when it is about no key.
    var path: String
    var origin: ConfigNode.Origin?
    /// What is wrong, and what was expected.
    var text: String

    /// About no key in particular.
    init(origin: ConfigNode.Origin?, _ text: String) {
        self.init("", origin: origin, text)
    }

    init(_ path: String, origin: ConfigNode.Origin? = nil, _ text: String) {
        self.path = path
        self.origin = origin
        self.text = text
    }
}

extension ConfigProblem {
    /// Whether this rule may only be broken because of one of `problems`: what could not be read counts as not given, and
    /// then a default is judged in its place.
    func mayFollow(from problems: [ConfigProblem]) -> Bool {
        let causes =
            switch path {
            case "http.listen": ["http.listen", "access"]
            case "access.certificates": ["http.tls"]
            case "access.realm": ["http.public-url"]
            case "storage", "storage.active": ["storage"]
            default: path.hasPrefix("storage.") ? ["storage.backends"] : []
            }
        return causes.contains { cause in problems.contains { Self.isOnOnePath($0.path, cause) } }
    }

    /// Whether one of them is the other, or a section around it.
    private static func isOnOnePath(_ a: String, _ b: String) -> Bool {
        a == b || a.hasPrefix(b + ".") || a.hasPrefix(b + "[") || b.hasPrefix(a + ".")
    }
}

extension ConfigProblem: CustomStringConvertible {
    var description: String {
        [origin?.description, path.isEmpty ? nil : path, text].compactMap(\.self).joined(separator: ": ")
    }
}

/// A configuration that cannot be used, with everything that was found wrong.
struct ConfigurationError: Error, CustomStringConvertible {
    var problems: [ConfigProblem]
    var cause: (any Error)?

    init(_ problems: [ConfigProblem], cause: (any Error)? = nil) {
        self.problems = problems
        self.cause = cause
    }

    var description: String { problems.map(\.description).joined(separator: "\n") }
}
