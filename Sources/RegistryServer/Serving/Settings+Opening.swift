import Logging
import RegistryCore

extension Settings {
    /// Builds every backend, and throws ``ForeignStorage`` unless each is the storage that the database takes it for. One that is
    /// not there yet is made, unless blobs ought to be in it. Those among `running` are the same ones, and known.
    func openBackends(
        _ drivers: [StorageDriver],
        _ logger: Logger,
        _ store: any MetadataStore,
        shared: Bool = false,
        running: [String: any BlobStorage] = [:]
    ) async throws -> BackendSet {
        let new = backends.map(\.name).filter { running[$0] == nil }
        var installations: [String: String] = [:]
        for name in new { installations[name] = try await store.installationToMake(of: name) }
        let names = backends.map(\.name)
        let opened = try await makeBackends(
            drivers, logger, shared: shared, running: running, installations: installations
        ) { name, storage in
            do {
                try await store.admit(storage, as: name, beside: names)
            } catch let error as ForeignStorage {
                throw StorageError(.misconfigured, "\(error)")
            }
        }
        for name in new { try await store.checkInstallation(of: name, in: opened.all) }
        return opened
    }

    /// Builds one backend alone, whatever storage it is: what the database has to say of it is made anew. One that is lost is
    /// made anew, too.
    func openBackend(
        toRebuild name: String,
        _ drivers: [StorageDriver],
        _ logger: Logger,
        _ store: any MetadataStore
    ) async throws -> BackendSet {
        var alone = self
        // The others may be lost as well.
        alone.backends = backends.filter { $0.name == name }
        guard !alone.backends.isEmpty else { return BackendSet(active: activeBackend, backends: [:]) }
        let id = try await store.expectInstallation(of: name, orElse: UploadID().description)
        return try await alone.makeBackends(drivers, logger, shared: true, installations: [name: id])
    }
}
