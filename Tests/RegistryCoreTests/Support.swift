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

    func sessions() async throws -> [UploadSession] {
        try await registry.metadata.idleUploads(since: Timestamp(milliseconds: .max), after: nil, limit: 1000)
    }
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
