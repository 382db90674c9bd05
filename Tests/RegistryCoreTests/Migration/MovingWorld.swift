import Foundation
import Logging
import MetadataSQL
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import RegistryCore

/// Two backends, a registry that stores on the first, and time that no test has to wait for.
struct MovingWorld {
    let store: SQLiteStore
    let source: HookedStorage
    let target: HookedStorage
    let time: FakeTime
    let registry: Registry
    let backends: BackendSet
    let app: RepositoryName
    let events = Events()

    final class Events: Sendable {
        private let list = Mutex<[MigrationEvent]>([])
        func add(_ event: MigrationEvent) { list.withLock { $0.append(event) } }
        /// In short.
        var texts: [String] {
            list.withLock { $0 }.map { event in
                switch event {
                case .waiting(let backend, _): "waiting for \(backend ?? "metadata")"
                case .resumed(let backend): "\(backend ?? "metadata") is back"
                case .failed: "failed"
                case .waitingForReaders: "waiting for readers"
                }
            }
        }
    }

    static func with(urlLifetime: Duration? = nil, _ body: (MovingWorld) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "moving-\(UploadID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let store = try SQLiteStore(path: folder.appending(path: "registry.db").path, logger: logger)
        let (source, target, time) = (HookedStorage(urlLifetime: urlLifetime), HookedStorage(), FakeTime())
        let backends = BackendSet(active: "old", backends: ["old": source, "new": target])
        let registry = Registry(
            metadata: store, backends: backends, settings: .openToAll, logger: logger, now: { time.now })
        let app = try #require(RepositoryName("alice/app"))
        try await body(
            MovingWorld(
                store: store, source: source, target: target, time: time, registry: registry, backends: backends,
                app: app))
        try await store.close()
    }

    /// Pushes a text to the source.
    @discardableResult
    func push(
        _ text: String, to repository: RepositoryName? = nil, _ algorithm: Digest.Algorithm = .sha256
    ) async throws -> Digest {
        let digest = digest(of: text, algorithm)
        try await registry.push(RegistryCoreTests.body([text]), in: repository ?? app, as: digest)
        return digest
    }

    /// So many blobs of different sizes.
    @discardableResult
    func fill(_ count: Int = 20) async throws -> [Digest] {
        var digests: [Digest] = []
        for number in 0..<count {
            digests.append(try await push("\(number) " + String(repeating: "x", count: number * 100)))
        }
        return digests.sorted { $0.description < $1.description }
    }

    func migrator(_ jobs: Int = 4, deletesSource: Bool = false, onlyAdopted: Bool = false, rate: Int64? = nil)
        -> Migrator
    {
        let (events, time) = (events, time)
        return Migrator(
            metadata: store, backends: backends,
            migration: Migration(
                source: "old", target: "new", jobs: jobs, bytesPerSecond: rate, deletesSource: deletesSource,
                onlyAdopted: onlyAdopted),
            time: time.copyTime, now: { time.now }, report: { events.add($0) })
    }

    func locations(_ digest: Digest) throws -> [String] {
        try store.blob(digest, in: app)?.locations.map(\.backend).sorted() ?? []
    }

    /// The text of a blob on the target.
    func text(_ digest: Digest) async throws -> String? {
        guard let blob = try store.blob(digest, in: app),
            let location = blob.locations.first(where: { $0.backend == "new" })
        else { return nil }
        var content = ByteBuffer()
        let object = StoredObject(key: location.key, size: blob.size)
        for try await buffer in try await target.read(object, 0..<blob.size).buffers() {
            content.writeImmutableBuffer(buffer)
        }
        return String(buffer: content)
    }

    /// Rows of copies that are under way.
    func copies() throws -> [BlobCopy] {
        try store.idleCopies(since: Timestamp(milliseconds: .max), limit: 100)
    }

    /// Every object of the target is some blob's, and nothing else is there.
    ///
    /// - Parameter cancelled: rows may say that something could still come.
    func expectNothingUnknownOnTarget(
        cancelled: Bool = false, sourceLocation: Testing.SourceLocation = #_sourceLocation
    ) async throws {
        #expect(try cancelled || copies() == [], sourceLocation: sourceLocation)
        for try await id in target.unfinished() {
            Issue.record("upload \(id) is left", sourceLocation: sourceLocation)
        }
        for key in try await target.keys() {
            #expect(try store.hasObject(key, on: "new"), "\(key)", sourceLocation: sourceLocation)
        }
    }
}
