import Foundation
import Logging
import MetadataSQL
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import RegistryCore

/// A registry over a real database and a storage in memory, and the clock it goes by.
struct Fixture {
    let registry: Registry
    let store: SQLiteStore
    let storage: SpyStorage
    let clock: Clock
    let app: RepositoryName

    final class Clock: Sendable {
        private let time = Mutex(Timestamp(milliseconds: 1_000_000_000))
        var now: Timestamp { time.withLock { $0 } }
        func advance(_ milliseconds: Int64) { time.withLock { $0.milliseconds += milliseconds } }
    }

    static func with(_ body: (Fixture) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "registry-core-\(UploadID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let store = try SQLiteStore(path: folder.appending(path: "registry.db").path, logger: logger)
        let storage = SpyStorage()
        let clock = Clock()
        let registry = Registry(
            metadata: store, backends: BackendSet(active: "memory", backends: ["memory": storage]),
            settings: .openToAll, logger: logger, now: { clock.now })
        let app = try #require(RepositoryName("alice/app"))
        try await body(Fixture(registry: registry, store: store, storage: storage, clock: clock, app: app))
        try await store.close()
    }

    /// A session as a client would begin it now, perhaps on another backend.
    func session(on backend: String = "memory") async throws -> UploadSession {
        let session = UploadSession(
            id: UploadID(), repository: app, backend: backend, algorithm: .sha256, created: clock.now,
            touched: clock.now)
        _ = try await store.createUpload(session, limit: nil)
        return session
    }

    /// The same registry, with other backends.
    func registry(_ backends: [String: any BlobStorage], active: String) -> Registry {
        Registry(
            metadata: store, backends: BackendSet(active: active, backends: backends), settings: .openToAll,
            logger: registry.logger, now: { [clock] in clock.now })
    }

    /// Stores a blob in the repository: its digest.
    @discardableResult
    func push(_ text: String) async throws -> Digest {
        try await registry.push(body([text]), in: app, as: digest(of: text))
        return digest(of: text)
    }

    /// Copies a blob to another backend, as migration does: its object there.
    @discardableResult
    func copy(_ text: String, to storage: any BlobStorage, _ name: String) async throws -> StoredObject {
        let copy = BlobCopy(id: UploadID(), backend: name, digest: digest(of: text), touched: clock.now)
        try await store.beginCopy(copy)
        let upload = try await storage.upload(
            UploadPlan(id: copy.id, length: Int64(text.utf8.count), digest: copy.digest))
        try await upload.append(ByteBuffer(string: text))
        let object = try await upload.commit(as: copy.digest)
        #expect(try await store.commitCopy(copy, at: object) == .stored)
        return object
    }

    /// Takes a blob's row from a backend; its object is to go later.
    func forget(_ text: String, on name: String, keeping target: String, dueIn milliseconds: Int64 = 0) async throws {
        let all = try store.blobs(onBoth: name, and: target, onlyAdopted: false, after: nil, limit: 1000)
        let blob = try #require(all.first { $0.source.digest == digest(of: text) }).source
        let due = Timestamp(milliseconds: clock.now.milliseconds + milliseconds)
        #expect(try await store.forgetLocation(of: blob, on: name, keeping: target, due: due))
    }

    func sessions() async throws -> [UploadSession] {
        try await registry.metadata.idleUploads(since: Timestamp(milliseconds: .max), after: nil, limit: 1000)
    }
}

/// The whole of a blob, as a client would get it.
func text(_ blob: BlobRecord, from registry: Registry) async throws -> String {
    var text = ""
    let content = try await registry.content(of: blob, 0..<blob.size)
    for try await buffer in content.buffers() { text += String(buffer: buffer) }
    return text
}

struct ClientGone: Error {}

/// A body of these pieces; it ends with `error` if there is one.
func body(
    _ pieces: [String],
    error: (any Error)? = nil
) -> UploadBody<AsyncThrowingStream<ByteBuffer, any Error>> {
    let stream = AsyncThrowingStream<ByteBuffer, any Error> { continuation in
        for piece in pieces { continuation.yield(ByteBuffer(string: piece)) }
        continuation.finish(throwing: error)
    }
    return UploadBody(stream, range: nil, length: nil)
}

func digest(of text: String, _ algorithm: Digest.Algorithm = .sha256) -> Digest {
    var hasher = ContentHasher(algorithm)
    hasher.update(ByteBuffer(string: text))
    return hasher.digest
}

/// The code of the RegistryError that `body` throws; nil: it does not throw, or something else.
func code(_ body: () async throws -> Void) async -> RegistryError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? RegistryError)?.code
    }
}
