import MemoryDriver
import NIOCore
import RegistryCore
import Synchronization

/// A storage that says which one it is, and fails where a test wants it to.
final class MarkedStorage: BlobStorage {
    struct State {
        /// nil: it does not say.
        var id: String?
        var readyError: StorageError.Code?
        var listError: StorageError.Code?
        /// How often its objects were listed.
        var listings = 0
    }

    private let memory = MemoryStorage(capacity: 1 << 20)
    let state: Mutex<State>

    init(_ id: String?) { state = Mutex(State(id: id)) }

    var installation: StorageInstallation? {
        state.withLock { $0.id }.map { StorageInstallation(id: $0, place: "the mark of \($0)") }
    }

    func ready() async throws {
        if let code = state.withLock({ $0.readyError }) { throw StorageError(code, "away") }
    }

    func objects(after: ObjectKey?) -> any AsyncSequence<StoredObject, any Error> & Sendable {
        let error = state.withLock { state in
            state.listings += 1
            return state.listError
        }
        guard let error else { return memory.objects(after: after) }
        return AsyncThrowingStream { $0.finish(throwing: StorageError(error, "broken off")) }
    }

    /// An object that no row speaks of.
    @discardableResult
    func leave(_ text: String, as key: ObjectKey? = nil) async throws -> ObjectKey {
        var plan = UploadPlan(id: UploadID(), digest: digest(of: text))
        if let key { plan.key = key }
        let upload = try await memory.upload(plan)
        try await upload.append(ByteBuffer(string: text))
        return try await upload.commit(as: digest(of: text)).key
    }

    func keys() async throws -> Set<ObjectKey> {
        var keys: Set<ObjectKey> = []
        for try await object in memory.objects(after: nil) { keys.insert(object.key) }
        return keys
    }

    // MARK: As in memory

    var limits: StorageLimits { memory.limits }
    func upload(_ plan: UploadPlan) async throws -> any BlobUpload { try await memory.upload(plan) }
    func resume(_ plan: UploadPlan, from checkpoint: UploadCheckpoint) async throws -> any BlobUpload {
        try await memory.resume(plan, from: checkpoint)
    }
    func discard(_ plan: UploadPlan, _ checkpoint: UploadCheckpoint?) async throws {
        try await memory.discard(plan, checkpoint)
    }
    func read(_ object: StoredObject, _ range: Range<Int64>) async throws -> BlobContent {
        try await memory.read(object, range)
    }
    func delete(_ keys: [ObjectKey]) async -> [ObjectKey: any Error] { await memory.delete(keys) }
}
