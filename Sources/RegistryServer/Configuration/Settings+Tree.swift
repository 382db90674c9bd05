extension Settings {
    /// As the configuration that says all of it. Secrets included: ``ConfigNode/redacted`` before it is shown.
    var tree: ConfigNode {
        .map([
            "data": .text(data),
            "http": .map([
                "listen": .list(listen.map { .quotedText($0) }),
                "admin-listen": adminListen.map { .quotedText($0) } ?? .null,
                "public-url": publicURL.map { .text($0) } ?? .null,
                "trusted-proxies": .list(trustedProxies.map { .quotedText($0.text) }),
                "tls": tls.map { .map(["certificate": .text($0.certificate), "key": .text($0.key)]) } ?? .null,
            ]),
            "metadata": .map(["url": .text(database)]),
            "storage": .map([
                "active": .text(activeBackend),
                "backends": ConfigNode(.map(backends.map { .init(key: $0.name, value: $0.tree) })),
            ]),
            "access": .map(["anonymous": anonymousPush ? .text(Configuration.AnonymousAccess.push.rawValue) : .null]),
            "limits": .map([
                "manifest-size": .text(limits.manifestSize),
                "blob-size": .text(limits.blobSize),
                "upload-idle": .text(limits.uploadIdle),
                "upload-memory": .text(limits.uploadMemory),
                "connections": .text(limits.connections),
                "header-timeout": .text(limits.headerTimeout),
                "idle-timeout": .text(limits.idleTimeout),
            ]),
            "manifests": .map(["missing-references": .text(missingReferences.rawValue)]),
            "log": .map(["level": .text(log.level.rawValue), "format": .text(log.format.rawValue)]),
        ])
    }
}

extension Settings.Backend {
    fileprivate var tree: ConfigNode {
        ConfigNode(.map([.init(key: "driver", value: .text(driver))] + (section.entries ?? [])))
    }
}

extension ConfigNode {
    /// For text with brackets and colons, which would be hard to read in a list otherwise.
    fileprivate static func quotedText(_ text: some CustomStringConvertible) -> ConfigNode {
        ConfigNode(.scalar(text.description, quoted: true))
    }

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
