extension ConfigNode {
    /// With `***` for everything whose key says that it is a secret.
    var redacted: ConfigNode { redacted(at: "") }

    private func redacted(at path: String) -> ConfigNode {
        var copy = self
        switch content {
        case .map(let entries):
            copy.content = .map(
                entries.map { entry in
                    let path = path.isEmpty ? entry.key : "\(path).\(entry.key)"
                    let hide = Self.isSecret(entry.key) && !entry.value.isNull && !Self.harmless.contains(path)
                    return Entry(key: entry.key, value: hide ? .text("***") : entry.value.redacted(at: path))
                }
            )
        case .list(let nodes):
            copy.content = .list(nodes.map { $0.redacted(at: "\(path)[]") })
        case .null, .scalar:
            break
        }
        return copy
    }

    /// The server's own keys that are called like secrets and hold none.
    private static let harmless: Set = ["access.tokens"]

    private static func isSecret(_ key: String) -> Bool {
        let key = key.lowercased()
        return ["secret", "password", "passphrase", "key-id", "token"].contains { key.contains($0) }
    }
}
