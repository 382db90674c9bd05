package import Logging
import Synchronization

/// The registry: every operation that the HTTP layer offers, on top of a metadata store and the storage backends.
///
/// It holds no state that matters: what must outlive a request is in the metadata store when the request is answered.
package final class Registry: Sendable {
    package let metadata: any MetadataStore
    package let audit: any AuditLog
    /// Whether what a caller was let in by counts still.
    let isCurrent: @Sendable (Caller) async throws -> Bool
    package let logger: Logger
    let active = ActiveUploads()
    let smallBlobs = SmallBlobs()
    let touches = BlobTouches()
    let damages = BlobTouches()
    package let backups = BackupStatus()
    let now: @Sendable () -> Timestamp
    private let current: Mutex<Current>

    /// What a reload changes.
    private struct Current {
        var settings: RegistrySettings
        var backends: BackendSet
    }

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
        self.current = Mutex(Current(settings: settings, backends: backends))
        self.audit = audit
        self.isCurrent = isCurrent
        self.logger = logger
        self.now = now
    }

    package var settings: RegistrySettings { current.withLock { $0.settings } }
    /// `gc.grace`. Every pull of a blob asks for it.
    var graceMilliseconds: Int64 {
        let (seconds, attoseconds) = current.withLock { $0.settings.garbage.grace }.components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
    package var backends: BackendSet { current.withLock { $0.backends } }

    /// Requests that begin afterwards follow the new settings, and use the new backends. Those under way go on where they are.
    ///
    /// Throws ``BackendsNeeded`` when something is still on a backend that goes; then nothing is changed. One call at a time.
    package func reload(_ settings: RegistrySettings, _ backends: BackendSet) async throws {
        let before = current.withLock { $0 }
        let leaving = before.backends.all.keys.filter { backends.all[$0] == nil }
        let names = Array(backends.all.keys)
        try await metadata.checkNeeded(beside: names, active: backends.active, leaving: leaving)
        current.withLock { $0 = Current(settings: settings, backends: backends) }
        do {
            try await metadata.setServedBackends(names.sorted())
            guard !leaving.isEmpty else { return }
            // An upload may have begun in between. One that begins from now on is told that its backend is not there.
            try await metadata.checkNeeded(beside: names, active: backends.active, leaving: leaving)
        } catch {
            current.withLock { $0 = before }
            try? await metadata.setServedBackends(before.backends.all.keys.sorted())
            throw error
        }
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
    package var garbage = GarbageRules()
    /// What clients would write is refused, and nothing is deleted on the registry's own account.
    package var isReadOnly = false
    package var backup = BackupRules()

    package init() {}
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
