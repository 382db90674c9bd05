import Foundation
import MemoryDriver
import NIOCore
import RegistryCore
import Synchronization

/// A storage that keeps count, and fails where a test wants it to.
final class SpyStorage: BlobStorage {
    struct State {
        var checkpoints = 0
        /// Discarding these fails.
        var stuck: Set<UploadID> = []
        var abortFails = false
        /// Contents are files and not streams.
        var readsFiles = false
        /// Uploads have parts of so many bytes, which survive ``lose(_:)``.
        var partLength: Int64?
        var lost: Set<UploadID> = []
        /// What uploads were told of their parts' hashes.
        var parts: [Digest] = []
        var losesOnCommit = false
        /// What comes in between: before an upload is committed, before it is dropped.
        var beforeCommit: (@Sendable () async throws -> Void)?
        var beforeAbort: (@Sendable () async throws -> Void)?
        var urlLifetime: Duration?
        /// Reads fail like that.
        var readError: StorageError.Code?
        /// Every byte that is read is a zero.
        var readsZeros = false
        /// How often anything was read.
        var reads = 0
        /// Deleting fails like that: an object by its key, or everything.
        var undeletable: [ObjectKey: StorageError.Code] = [:]
        var deleteError: StorageError.Code?
        /// How many objects each call wanted deleted.
        var deletions: [Int] = []
    }

    private let memory = MemoryStorage(capacity: 1 << 30)
    let state = Mutex(State())

    var limits: StorageLimits {
        var limits = memory.limits
        limits.urlLifetime = state.withLock { $0.urlLifetime }
        return limits
    }

    func upload(_ plan: UploadPlan) async throws -> any BlobUpload { SpyUpload(self, try await memory.upload(plan)) }

    func resume(_ plan: UploadPlan, from checkpoint: UploadCheckpoint) async throws -> any BlobUpload {
        if state.withLock({ $0.lost.contains(plan.id) }) { throw StorageError(.checkpointLost, "lost") }
        return SpyUpload(self, try await memory.resume(plan, from: checkpoint))
    }

    func fallBack(_ plan: UploadPlan, from checkpoint: UploadCheckpoint) async throws -> UploadCheckpoint? {
        state.withLock { _ = $0.lost.remove(plan.id) }
        guard checkpoint.fallback > 0 else { return nil }
        return UploadCheckpoint(offset: checkpoint.fallback, fallback: checkpoint.fallback)
    }

    /// What does not make a whole part is gone.
    func lose(_ id: UploadID) { state.withLock { _ = $0.lost.insert(id) } }

    func discard(_ plan: UploadPlan, _ checkpoint: UploadCheckpoint?) async throws {
        if state.withLock({ $0.stuck.contains(plan.id) }) { throw StorageError(.failed, "stuck") }
        try await memory.discard(plan, checkpoint)
    }

    func read(_ object: StoredObject, _ range: Range<Int64>) async throws -> BlobContent {
        let error = state.withLock { state in
            state.reads += 1
            return state.readError
        }
        if let error { throw StorageError(error, "as the test wants it") }
        if state.withLock({ $0.readsZeros }) { return .bytes(ByteBuffer(repeating: 0, count: range.count)) }
        guard state.withLock({ $0.readsFiles }) else { return try await memory.read(object, range) }
        var content = Data()
        let whole = try await memory.read(object, 0..<object.size)
        for try await buffer in whole.buffers() { content.append(contentsOf: buffer.readableBytesView) }
        let file = FileManager.default.temporaryDirectory.appending(path: "spy-\(UploadID())")
        try content.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return .file(
            FileSlice(owning: open(file.path, O_RDONLY), offset: range.lowerBound, length: Int64(range.count)))
    }

    func delete(_ keys: [ObjectKey]) async -> [ObjectKey: any Error] {
        let failed = state.withLock { state -> [ObjectKey: any Error] in
            state.deletions.append(keys.count)
            var failed: [ObjectKey: any Error] = [:]
            for key in keys {
                guard let code = state.deleteError ?? state.undeletable[key] else { continue }
                failed[key] = StorageError(code, "as the test wants it")
            }
            return failed
        }
        return await memory.delete(keys.filter { failed[$0] == nil }).merging(failed) { $1 }
    }

    func url(_ object: StoredObject) async throws -> ObjectURL? {
        ObjectURL("https://storage.example/\(object.key)", lifetime: .seconds(60))
    }

    func objects(after: ObjectKey?) -> any AsyncSequence<StoredObject, any Error> & Sendable {
        memory.objects(after: after)
    }

    func unfinished() -> any AsyncSequence<UploadID, any Error> & Sendable { memory.unfinished() }

    func ready() async throws {}

    func keys() async throws -> [String] {
        var keys: [String] = []
        for try await object in objects(after: nil) { keys.append(object.key.description) }
        return keys
    }

    func allUnfinished() async throws -> Set<UploadID> {
        var ids: Set<UploadID> = []
        for try await id in unfinished() { ids.insert(id) }
        return ids
    }

    /// What a crash leaves of an upload.
    func leave(_ id: UploadID) async throws {
        let upload = try await upload(UploadPlan(id: id))
        try await upload.append(ByteBuffer(string: "left"))
        _ = try await upload.checkpoint()
    }
}

private final class SpyUpload: BlobUpload {
    private let storage: SpyStorage
    private let upload: any BlobUpload

    init(_ storage: SpyStorage, _ upload: any BlobUpload) {
        self.storage = storage
        self.upload = upload
    }

    func append(_ bytes: ByteBuffer) async throws { try await upload.append(bytes) }

    func checkpoint() async throws -> UploadCheckpoint {
        storage.state.withLock { $0.checkpoints += 1 }
        var checkpoint = try await upload.checkpoint()
        // A part goes when the next one begins.
        if let length = partLength { checkpoint.fallback = max(0, checkpoint.offset - 1) / length * length }
        return checkpoint
    }

    var partLength: Int64? { storage.state.withLock { $0.partLength } }
    var hashesParts: Bool { partLength != nil }
    func ended(part digest: Digest) { storage.state.withLock { $0.parts.append(digest) } }

    func commit(as digest: Digest) async throws -> StoredObject {
        try await storage.state.withLock { $0.beforeCommit }?()
        if storage.state.withLock({ $0.losesOnCommit }) { throw StorageError(.checkpointLost, "lost") }
        return try await upload.commit(as: digest)
    }

    func abort() async throws {
        try await storage.state.withLock { $0.beforeAbort }?()
        if storage.state.withLock({ $0.abortFails }) { throw StorageError(.failed, "stuck") }
        try await upload.abort()
    }
}
