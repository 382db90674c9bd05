package import Logging
import Synchronization

/// The registry: every operation that the HTTP layer offers, on top of a metadata store and the storage backends.
///
/// It holds no state that matters: what must outlive a request is in the metadata store when the request is answered.
package final class Registry: Sendable {
    package let metadata: any MetadataStore
    package let backends: BackendSet
    package let audit: any AuditLog
    /// Whether what a caller was let in by counts still.
    let isCurrent: @Sendable (Caller) async throws -> Bool
    package let logger: Logger
    let active = ActiveUploads()
    let now: @Sendable () -> Timestamp
    private let currentSettings: Mutex<RegistrySettings>

    package init(
        metadata: any MetadataStore,
        backends: BackendSet,
        settings: RegistrySettings,
        audit: any AuditLog = NoAuditLog(),
        isCurrent: @escaping @Sendable (Caller) async throws -> Bool = { _ in true },
        logger: Logger,
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.metadata = metadata
        self.backends = backends
        self.currentSettings = Mutex(settings)
        self.audit = audit
        self.isCurrent = isCurrent
        self.logger = logger
        self.now = now
    }

    package var settings: RegistrySettings { currentSettings.withLock { $0 } }

    /// Requests that begin afterwards follow the new settings.
    package func reload(_ settings: RegistrySettings) {
        currentSettings.withLock { $0 = settings }
    }

    /// Returns when every backend can serve; throws what is wrong with the first that cannot, naming it.
    package func ready() async throws {
        _ = try await metadata.repositories(.all, after: nil, limit: 1)
        for (name, backend) in backends.all.sorted(by: { $0.key < $1.key }) {
            do {
                try await backend.ready()
            } catch {
                throw RegistryError(.unavailable, "backend \(name) is not ready", cause: error)
            }
        }
    }
}

/// The rules that an operator sets.
package struct RegistrySettings: Sendable, Hashable {
    /// The largest manifest, in bytes.
    package var manifestSize = 4 << 20
    /// The largest blob, in bytes; 0: no limit.
    package var blobSize: Int64 = 0
    /// How long an upload session lives without a request.
    package var uploadIdle = Duration.seconds(30 * 60)
    /// Take manifests whose blobs or children are not there (sparse manifests).
    package var allowMissingReferences = false
    package var access = AccessPolicy()
    /// Upload sessions that one user may have open at once; 0: no limit. Those without a name have none.
    package var uploadsPerUser = 100

    package init() {}
}

/// The storage backends by their names in the configuration.
package struct BackendSet: Sendable {
    /// Where new blobs go.
    package let active: String
    package let all: [String: any BlobStorage]

    package init(active: String, backends: [String: any BlobStorage]) {
        self.active = active
        self.all = backends
    }

    /// Throws when the configuration no longer has the backend, which rows still name.
    func named(_ name: String) throws -> any BlobStorage {
        guard let backend = all[name] else {
            throw RegistryError(.failed, "blobs are on backend \(name), which the configuration does not have")
        }
        return backend
    }
}

/// The upload sessions that a request of this process is at work on, so that two requests never write to one at once.
///
/// It need not outlive the process: what it guards are the process's own open files and transfers. Between processes the
/// row's epoch decides.
final class ActiveUploads: Sendable {
    private let ids = Mutex<Set<UploadID>>([])

    /// Runs `body` alone with the session; throws `uploadBusy` if another request has it.
    func alone<T>(with id: UploadID, _ body: () async throws -> T) async throws -> T {
        guard ids.withLock({ $0.insert(id).inserted }) else {
            throw RegistryError(.uploadBusy, "another request is writing to upload session \(id)")
        }
        defer { ids.withLock { _ = $0.remove(id) } }
        return try await body()
    }
}
