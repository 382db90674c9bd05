import RegistryCore

extension Settings {
    /// Whether it makes sense is for ``brokenRules(_:_:)`` to say.
    init(_ configuration: Configuration, workingDirectory: String) {
        func absolute(_ path: String) -> String {
            if path.hasPrefix("/") { return path }
            let relative = path.hasPrefix("./") ? String(path.dropFirst(2)) : path
            return workingDirectory.hasSuffix("/") ? workingDirectory + relative : "\(workingDirectory)/\(relative)"
        }
        data = absolute(configuration.data ?? "registryd-data")
        listen = configuration.http?.listen?.elements ?? ListenAddress("127.0.0.1:5000").map { [$0] } ?? []
        adminListen = configuration.http?.adminListen
        publicURL = configuration.http?.publicURL
        trustedProxies = configuration.http?.trustedProxies ?? []
        tls = configuration.http?.tls
        database = configuration.metadata?.url ?? DatabaseURL(path: "\(data)/registry.db")
        access = Access(configuration.access, publicURL: publicURL, absolute: absolute)

        let named = configuration.storage?.backends ?? [:]
        backends = named.sorted { $0.key < $1.key }.map { name, backend in
            Backend(name: name, driver: backend.driver, section: backend.section)
        }
        if configuration.storage?.backends == nil {
            isStorageDefault = true
            let section = ConfigNode.map(["root": .text("\(data)/blobs")])
            backends = [Backend(name: "disk", driver: "fs", section: section)]
        }
        activeBackend = configuration.storage?.active ?? (backends.count == 1 ? backends[0].name : "")

        limits = Limits()
        if let given = configuration.limits {
            limits.manifestSize = given.manifestSize ?? limits.manifestSize
            limits.blobSize = given.blobSize ?? limits.blobSize
            limits.uploadsPerUser = given.uploadsPerUser ?? limits.uploadsPerUser
            limits.uploadIdle = given.uploadIdle ?? limits.uploadIdle
            limits.uploadMemory = given.uploadMemory ?? limits.uploadMemory
            limits.connections = given.connections ?? limits.connections
            limits.headerTimeout = given.headerTimeout ?? limits.headerTimeout
            limits.idleTimeout = given.idleTimeout ?? limits.idleTimeout
        }
        missingReferences = configuration.manifests?.missingReferences ?? .reject
        garbage = Garbage(configuration.gc)
        backup = Backup(configuration.backup, absolute: absolute)
        isReadOnly = configuration.readOnly ?? false
        log = Log(level: configuration.log?.level ?? .info, format: configuration.log?.format ?? .text)
    }
}
