import NIOCore
public import RegistryCore
import Synchronization

extension StorageDriver {
    /// Blobs in memory, for as long as the process lives:
    ///
    ///     driver: memory
    ///     capacity: 1073741824      # bytes; default: 1 GiB
    public static var memory: StorageDriver {
        struct Section: Decodable {
            var capacity: Int64?
        }
        return StorageDriver(name: "memory", section: Section.self) { section, _ in
            MemoryStorage(capacity: section.capacity ?? 1 << 30)
        }
    }
}

public final class MemoryStorage: BlobStorage {
    struct State {
        var uploads: [UploadID: ByteBuffer] = [:]
        var objects: [ObjectKey: ByteBuffer] = [:]
    }

    let state = Mutex(State())
    let capacity: Int64

    public init(capacity: Int64) { self.capacity = capacity }

    public var limits: StorageLimits { StorageLimits(largestObject: capacity) }

    public func upload(_ plan: UploadPlan) async throws -> any BlobUpload {
        MemoryUpload(self, plan, ByteBuffer())
    }

    public func resume(_ plan: UploadPlan, from checkpoint: UploadCheckpoint) async throws -> any BlobUpload {
        let bytes = state.withLock { $0.uploads[plan.id]?.getSlice(at: 0, length: Int(checkpoint.offset)) }
        guard let bytes = checkpoint.offset == 0 ? ByteBuffer() : bytes else {
            throw StorageError(.checkpointLost, "upload \(plan.id) has no \(checkpoint.offset) bytes")
        }
        return MemoryUpload(self, plan, bytes)
    }

    public func discard(_ plan: UploadPlan, _ checkpoint: UploadCheckpoint?) async throws {
        state.withLock {
            $0.uploads[plan.id] = nil
            $0.objects[plan.key] = nil
        }
    }

    public func read(_ object: StoredObject, _ range: Range<Int64>) async throws -> BlobContent {
        guard let bytes = state.withLock({ $0.objects[object.key] }) else {
            throw StorageError(.objectMissing, "\(object.key) is not there")
        }
        guard let slice = bytes.getSlice(at: Int(range.lowerBound), length: range.count) else {
            throw StorageError(.failed, "\(object.key) has no bytes \(range)")
        }
        return .stream(Self.sequence([slice]))
    }

    public func delete(_ keys: [ObjectKey]) async -> [ObjectKey: any Error] {
        state.withLock { for key in keys { $0.objects[key] = nil } }
        return [:]
    }

    public func objects(after: ObjectKey?) -> any AsyncSequence<StoredObject, any Error> & Sendable {
        let objects = state.withLock { $0.objects.map { StoredObject(key: $0, size: Int64($1.readableBytes)) } }
        let rest = objects.filter { object in after.map { $0 < object.key } ?? true }
        return Self.sequence(rest.sorted { $0.key < $1.key })
    }

    public func unfinished() -> any AsyncSequence<UploadID, any Error> & Sendable {
        Self.sequence(state.withLock { Array($0.uploads.keys) })
    }

    public func ready() async throws {}

    private static func sequence<T: Sendable>(_ elements: [T]) -> AsyncThrowingStream<T, any Error> {
        AsyncThrowingStream { continuation in
            for element in elements { continuation.yield(element) }
            continuation.finish()
        }
    }

    func checkFits(_ upload: ByteBuffer) throws {
        let stored = state.withLock { $0.objects.values.reduce(0) { $0 + $1.readableBytes } }
        guard stored + upload.readableBytes <= capacity else {
            throw StorageError(.full, "the memory for blobs, \(capacity) bytes, is used up")
        }
    }
}

/// Belongs to one request. What is appended is the storage's at the checkpoint.
final class MemoryUpload: BlobUpload {
    private let storage: MemoryStorage
    private let plan: UploadPlan
    private var bytes: ByteBuffer

    init(_ storage: MemoryStorage, _ plan: UploadPlan, _ bytes: ByteBuffer) {
        self.storage = storage
        self.plan = plan
        self.bytes = bytes
    }

    func append(_ bytes: ByteBuffer) async throws {
        self.bytes.writeImmutableBuffer(bytes)
        try storage.checkFits(self.bytes)
    }

    func checkpoint() async throws -> UploadCheckpoint {
        storage.state.withLock { $0.uploads[plan.id] = bytes }
        return UploadCheckpoint(offset: Int64(bytes.readableBytes))
    }

    func commit(as digest: Digest) async throws -> StoredObject {
        let key = plan.digest == digest ? plan.key : UploadPlan(id: plan.id, digest: digest).key
        storage.state.withLock {
            $0.uploads[plan.id] = nil
            $0.objects[key] = bytes
        }
        return StoredObject(key: key, size: Int64(bytes.readableBytes))
    }

    func abort() async throws {
        storage.state.withLock { $0.uploads[plan.id] = nil }
    }
}
