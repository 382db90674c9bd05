import MemoryDriver
import NIOCore
import RegistryCore
import Synchronization

/// A storage in memory that asks a test before each step, which may look, wait, or throw.
final class HookedStorage: BlobStorage {
    enum Step: Sendable {
        case upload(UploadPlan), append(UploadPlan), commit(UploadPlan), abort(UploadPlan)
        case read(StoredObject), delete([ObjectKey]), discard(UploadPlan), ready
    }

    private let memory = MemoryStorage(capacity: 1 << 30)
    private let urlLifetime: Duration?
    /// Given out instead of what is stored.
    let damaged = Mutex<[ObjectKey: ByteBuffer]>([:])
    private let hook = Mutex<@Sendable (Step) async throws -> Void>({ _ in })
    /// Uploads that began.
    let uploads = Mutex(0)

    init(urlLifetime: Duration? = nil) { self.urlLifetime = urlLifetime }

    func before(_ hook: @escaping @Sendable (Step) async throws -> Void) { self.hook.withLock { $0 = hook } }

    func ask(_ step: Step) async throws {
        let hook = hook.withLock { $0 }
        try await hook(step)
    }

    var limits: StorageLimits { StorageLimits(urlLifetime: urlLifetime) }

    func upload(_ plan: UploadPlan) async throws -> any BlobUpload {
        try await ask(.upload(plan))
        uploads.withLock { $0 += 1 }
        return HookedUpload(self, plan, try await memory.upload(plan))
    }

    func resume(_ plan: UploadPlan, from checkpoint: UploadCheckpoint) async throws -> any BlobUpload {
        HookedUpload(self, plan, try await memory.resume(plan, from: checkpoint))
    }

    func discard(_ plan: UploadPlan, _ checkpoint: UploadCheckpoint?) async throws {
        try await ask(.discard(plan))
        try await memory.discard(plan, checkpoint)
    }

    func read(_ object: StoredObject, _ range: Range<Int64>) async throws -> BlobContent {
        try await ask(.read(object))
        guard let damaged = damaged.withLock({ $0[object.key] }) else { return try await memory.read(object, range) }
        return .stream(
            AsyncThrowingStream<ByteBuffer, any Error> {
                $0.yield(damaged); $0.finish()
            })
    }

    func delete(_ keys: [ObjectKey]) async -> [ObjectKey: any Error] {
        do {
            try await ask(.delete(keys))
            return await memory.delete(keys)
        } catch {
            return Dictionary(uniqueKeysWithValues: keys.map { ($0, error) })
        }
    }

    func objects(after: ObjectKey?) -> any AsyncSequence<StoredObject, any Error> & Sendable {
        memory.objects(after: after)
    }

    func unfinished() -> any AsyncSequence<UploadID, any Error> & Sendable { memory.unfinished() }

    func ready() async throws { try await ask(.ready) }

    // MARK: What a test sees

    func keys() async throws -> Set<ObjectKey> {
        var keys: Set<ObjectKey> = []
        for try await object in objects(after: nil) { keys.insert(object.key) }
        return keys
    }

    /// Whether there is nothing of any upload, through or not.
    func isEmpty() async throws -> Bool {
        for try await _ in unfinished() { return false }
        return try await keys().isEmpty
    }
}

private final class HookedUpload: BlobUpload {
    private let storage: HookedStorage
    private let plan: UploadPlan
    private let upload: any BlobUpload

    init(_ storage: HookedStorage, _ plan: UploadPlan, _ upload: any BlobUpload) {
        self.storage = storage
        self.plan = plan
        self.upload = upload
    }

    func append(_ bytes: ByteBuffer) async throws {
        try await upload.append(bytes)
        // So that there is something to be left behind.
        _ = try await upload.checkpoint()
        try await storage.ask(.append(plan))
    }

    func checkpoint() async throws -> UploadCheckpoint { try await upload.checkpoint() }

    func commit(as digest: Digest) async throws -> StoredObject {
        let object = try await upload.commit(as: digest)
        // Afterwards: the answer may get lost.
        try await storage.ask(.commit(plan))
        return object
    }

    func abort() async throws {
        try await storage.ask(.abort(plan))
        try await upload.abort()
    }
}
