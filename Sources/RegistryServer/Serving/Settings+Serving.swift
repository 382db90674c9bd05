import Logging
import RegistryCore
import RegistryHTTP

extension Settings {
    /// Reads the certificate's files. Throws ``ConfigurationError``.
    func httpSettings() throws -> HTTPSettings {
        var http = HTTPSettings()
        http.connections = limits.connections
        http.headerTimeout = limits.headerTimeout.duration
        http.idleTimeout = limits.idleTimeout.duration
        http.trustedProxies = trustedProxies.map(\.block)
        // A proxy on this machine would let others in, which nobody has said.
        http.refusesForwarded = access.isImplicit
        http.publicURL = publicURL?.description
        http.tls = try tls?.context()
        http.certificatesAreUsers = access.certificates == .subjectCN
        http.clientAuthorities = try tls?.authorities() ?? ""
        return http
    }

    var registrySettings: RegistrySettings {
        var registry = RegistrySettings()
        registry.manifestSize = Int(limits.manifestSize.bytes)
        registry.blobSize = limits.blobSize.bytes
        registry.uploadIdle = limits.uploadIdle.duration
        registry.allowMissingReferences = missingReferences == .allow
        registry.access = access.policy
        registry.uploadsPerUser = limits.uploadsPerUser
        registry.garbage = garbage.rules
        registry.backup = backup.rules
        registry.isReadOnly = isReadOnly
        return registry
    }

    /// What a driver is told of a backend. `shared`: a server may have it open already. `installation`: which storage it makes
    /// where there is none; nil: none. `admit`: whether one that is found is the backend's.
    func context(
        _ backend: Backend,
        _ reading: ConfigReading,
        _ logger: Logger,
        shared: Bool = false,
        installation: String? = nil,
        admit: @escaping @Sendable (any BlobStorage) async throws -> Void = { _ in }
    ) -> StorageDriverContext {
        StorageDriverContext(
            backend: backend.name,
            section: backend.decoder(reading),
            dataDirectory: data,
            uploadMemory: Int(limits.uploadMemory.bytes),
            isShared: shared,
            installation: installation,
            admit: admit,
            logger: logger
        )
    }

    /// Builds every backend with its driver, but for those that are among `running`: they are the same ones. `installations`: the
    /// ids of storages that may be made. `admit`: asked of those that are reached only later.
    func makeBackends(
        _ drivers: [StorageDriver],
        _ logger: Logger,
        shared: Bool = false,
        running: [String: any BlobStorage] = [:],
        installations: [String: String] = [:],
        admit: @escaping @Sendable (String, any BlobStorage) async throws -> Void = { _, _ in }
    ) async throws -> BackendSet {
        var made: [String: any BlobStorage] = [:]
        for backend in backends {
            if let storage = running[backend.name] {
                made[backend.name] = storage
                continue
            }
            guard let driver = drivers.first(where: { $0.name == backend.driver }) else { continue }
            let reading = ConfigReading(collects: false)
            do {
                let context = context(
                    backend, reading, logger, shared: shared, installation: installations[backend.name],
                    admit: { [name = backend.name] in try await admit(name, $0) })
                made[backend.name] = try await driver.make(context)
            } catch let error as DecodingError {
                throw ConfigurationError([backend.problem(error)], cause: error)
            } catch let problem as ConfigProblem {
                throw ConfigurationError([problem])
            } catch var error as StorageError {
                error.message = "\(backend.path.joined(separator: ".")): \(error.message)"
                throw error
            }
            // Known only now of a driver that reads its section itself.
            try reading.finish()
        }
        return BackendSet(active: activeBackend, backends: made)
    }
}
