extension ConfigNode {
    /// With `***` for everything whose key says that it is a secret.
    var redacted: ConfigNode {
        var copy = self
        switch content {
        case .map(let entries):
            copy.content = .map(
                entries.map { entry in
                    let hide = Self.isSecret(entry.key) && !entry.value.isNull
                    return Entry(key: entry.key, value: hide ? .text("***") : entry.value.redacted)
                }
            )
        case .list(let nodes):
            copy.content = .list(nodes.map(\.redacted))
        case .null, .scalar:
            break
        }
        return copy
    }

    private static func isSecret(_ key: String) -> Bool {
        let key = key.lowercased()
        return ["secret", "password", "passphrase", "key-id", "token"].contains { key.contains($0) }
    }
}
