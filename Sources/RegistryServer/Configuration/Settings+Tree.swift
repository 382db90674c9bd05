extension Settings {
    /// As the configuration that says all of it. Secrets included: ``ConfigNode/redacted`` before it is shown.
    var tree: ConfigNode {
        .map([
            "data": .text(data),
            "http": .map([
                "listen": .list(listen.map { .words($0) }),
                "admin-listen": adminListen.map { .words($0) } ?? .null,
                "public-url": publicURL.map { .text($0) } ?? .null,
                "trusted-proxies": .list(trustedProxies.map { .words($0.text) }),
                "tls": tls?.tree ?? .null,
            ]),
            "metadata": .map(["url": .text(database)]),
            "storage": .map([
                "active": .text(activeBackend),
                "backends": ConfigNode(.map(backends.map { .init(key: $0.name, value: $0.tree) })),
            ]),
            "access": access.tree,
            "limits": .map([
                "manifest-size": .text(limits.manifestSize),
                "blob-size": .text(limits.blobSize),
                "uploads-per-user": .text(limits.uploadsPerUser),
                "upload-idle": .text(limits.uploadIdle),
                "upload-memory": .text(limits.uploadMemory),
                "connections": .text(limits.connections),
                "header-timeout": .text(limits.headerTimeout),
                "idle-timeout": .text(limits.idleTimeout),
            ]),
            "manifests": .map(["missing-references": .text(missingReferences.rawValue)]),
            "gc": garbage.tree,
            "backup": backup.tree,
            "read-only": .text("\(isReadOnly)"),
            "log": .map(["level": .text(log.level.rawValue), "format": .text(log.format.rawValue)]),
        ])
    }
}

extension Settings.Backend {
    fileprivate var tree: ConfigNode {
        ConfigNode(.map([.init(key: "driver", value: .text(driver))] + (section.entries ?? [])))
    }
}

extension TLSFiles {
    fileprivate var tree: ConfigNode {
        .map([
            "certificate": .text(certificate), "key": .text(key), "client-ca": clientCA.map { .text($0) } ?? .null,
        ])
    }
}

extension ConfigNode {
    /// Every value that is not a section, by its full path.
    var leaves: [String: Content] {
        guard let entries else { return ["": content] }
        var all: [String: Content] = [:]
        for entry in entries {
            for (path, content) in entry.value.leaves {
                all[path.isEmpty ? entry.key : "\(entry.key).\(path)"] = content
            }
        }
        return all
    }
}
