import RegistryCore

extension Settings {
    /// Every rule that these settings, made from `configuration`, break. `tree` is what that was read from, for where its
    /// parts are.
    func brokenRules(_ configuration: Configuration, _ tree: ConfigNode) -> [ConfigProblem] {
        var problems: [ConfigProblem] = []
        func check(_ holds: Bool, _ path: String, _ text: @autoclosure () -> String) {
            if holds { return }
            let origin = tree.nearest(path).origin
            problems.append(ConfigProblem(path, origin: origin, text()))
        }

        check(!data.isEmpty && configuration.data != "", "data", "expected a folder")
        // The database's URL has no way to say such a path.
        let isPlain = !database.path.utf8.contains { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }
        check(isPlain, "data", "a folder with ? or # in its path cannot hold the database: set metadata.url")
        check(!listen.isEmpty, "http.listen", "expected at least one address")
        check(openToAll == nil, "http.listen", openToAll ?? "")
        let broken = brokenAccessRules + garbage.brokenRules + backup.brokenRules(backends.map(\.name))
        for (path, text) in broken { check(false, path, text) }

        check(!backends.isEmpty, "storage.backends", "expected at least one backend")
        for backend in backends {
            let isName = backend.name.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0)
                    || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            }
            let path = "storage.backends.\(backend.name)"
            check(isName && !backend.name.isEmpty, path, "a backend's name has letters, digits, - and _ only")
        }
        let names = backends.map(\.name)
        if !names.contains(activeBackend), !names.isEmpty {
            let known = names.joined(separator: ", ")
            let text =
                activeBackend.isEmpty ? "missing: which backend do new blobs go to" : "no backend “\(activeBackend)”"
            check(false, "storage.active", "\(text); there are: \(known)")
        }

        check(
            (1...(64 << 20)).contains(limits.manifestSize.bytes),
            "limits.manifest-size",
            "expected 1 to 64MiB, as manifests are kept in memory while they are worked on"
        )
        check(
            (1 << 20...1 << 40).contains(limits.uploadMemory.bytes),
            "limits.upload-memory",
            "expected 1MiB to 1TiB; a backend of driver s3 needs at least its part-size"
        )
        check((1...1_000_000).contains(limits.connections), "limits.connections", "expected 1 to 1000000")
        for (span, path) in [
            (limits.uploadIdle, "limits.upload-idle"), (limits.headerTimeout, "limits.header-timeout"),
            (limits.idleTimeout, "limits.idle-timeout"),
        ] {
            check(span.duration > .zero, path, "expected more than \(span)")
        }
        return problems
    }
}
