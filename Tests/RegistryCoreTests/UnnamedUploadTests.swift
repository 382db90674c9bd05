import Foundation
import MetadataSQL
import NIOCore
import StorageFS
import Synchronization
import TestSupport
import Testing

@testable import RegistryCore

/// An upload that ends where its last PATCH did has a row that never told its digest.
@Suite struct UnnamedUploadTests {
    /// A session that a PATCH has brought `text`, whose storage has made an object of it; then the server died.
    private func crashed(_ text: String, in fixture: Fixture) async throws -> UploadID {
        let id = try await fixture.registry.startUpload(in: fixture.app).id
        _ = try await fixture.registry.append(body([text]), to: id, in: fixture.app)
        let row = try #require(try fixture.store.upload(id))
        #expect(row.digest == nil)
        let plan = UploadPlan(id: id, digest: digest(of: text))
        let upload = try await fixture.storage.resume(plan, from: try #require(row.checkpoint))
        _ = try await upload.commit(as: digest(of: text))
        #expect(try await fixture.storage.keys() == [plan.key.description])
        return id
    }

    @Test func `what a crash left goes when the session expires`() async throws {
        try await Fixture.with { fixture in
            _ = try await crashed("abc", in: fixture)
            fixture.clock.advance(2 * 3600 * 1000)
            #expect(try await fixture.registry.removeIdleUploads() == 1)
            #expect(try await fixture.storage.keys() == [])
        }
    }

    @Test func `and when it is cancelled`() async throws {
        try await Fixture.with { fixture in
            let id = try await crashed("abc", in: fixture)
            try await fixture.registry.cancel(id, in: fixture.app)
            #expect(try await fixture.storage.keys() == [])
        }
    }

    @Test func `and when nothing of it can be had back`() async throws {
        try await Fixture.with { fixture in
            let id = try await crashed("abc", in: fixture)
            await #expect(throws: RegistryError.self) {
                _ = try await fixture.registry.append(body(["d"]), to: id, in: fixture.app)
            }
            #expect(try await fixture.storage.keys() == [])
            _ = try await fixture.registry.append(body(["abc"]), to: id, in: fixture.app)
            try await fixture.registry.finish(body(["d"]), to: id, in: fixture.app, as: digest(of: "abcd"))
            #expect(try await fixture.storage.keys().count == 1)
        }
    }

    /// A registry on files whose process died between the rename and the row, started again; the session that a PATCH has
    /// brought `abc` and a PUT was to end.
    private func withCrashedFiles(
        _ body: (Fixture, Registry, FileStorage, UploadID) async throws -> Void
    ) async throws {
        try await Fixture.with { fixture in
            let root = FileManager.default.temporaryDirectory.appending(path: "unnamed-\(UploadID())").path
            defer { try? FileManager.default.removeItem(atPath: root) }
            func open() throws -> FileStorage {
                try FileStorage(root: root, logger: fixture.registry.logger, exclusive: false)
            }
            let before = try open()
            let registry = fixture.registry(["disk": before], active: "disk")
            let id = try await registry.startUpload(in: fixture.app).id
            _ = try await registry.append(RegistryCoreTests.body(["abc"]), to: id, in: fixture.app)
            let row = try #require(try fixture.store.upload(id))
            let plan = UploadPlan(id: id, digest: digest(of: "abc"))
            _ = try await before.resume(plan, from: try #require(row.checkpoint)).commit(as: digest(of: "abc"))

            let after = try open()
            try await body(fixture, fixture.registry(["disk": after], active: "disk"), after, id)
        }
    }

    @Test func `on files the same PUT ends it`() async throws {
        try await withCrashedFiles { fixture, registry, storage, id in
            try await registry.finish(body([]), to: id, in: fixture.app, as: digest(of: "abc"))
            let blob = try await registry.blob(digest(of: "abc"), in: fixture.app)
            #expect(try await text(blob, from: registry) == "abc")
            #expect(try await keys(storage) == blob.locations.map(\.key))
        }
    }

    @Test(arguments: [Digest.Algorithm.sha256, .sha512])
    func `on files nothing of it is lost to a client that goes on`(_ algorithm: Digest.Algorithm) async throws {
        try await withCrashedFiles { fixture, registry, storage, id in
            let session = try await registry.append(body(["d"]), to: id, in: fixture.app)
            #expect(session.offset == 4)
            #expect(try await keys(storage) == [])
            let digest = digest(of: "abcde", algorithm)
            try await registry.finish(body(["e"]), to: id, in: fixture.app, as: digest)
            let blob = try await registry.blob(digest, in: fixture.app)
            #expect(try await text(blob, from: registry) == "abcde")
            #expect(try await keys(storage) == blob.locations.map(\.key))
        }
    }

    @Test func `on files nothing is left of it when it is cancelled`() async throws {
        try await withCrashedFiles { fixture, registry, storage, id in
            try await registry.cancel(id, in: fixture.app)
            #expect(try await keys(storage) == [])
        }
    }

    private func keys(_ storage: FileStorage) async throws -> [ObjectKey] {
        var keys: [ObjectKey] = []
        for try await object in storage.objects(after: nil) { keys.append(object.key) }
        return keys
    }

    @Test(arguments: [("abc", "", nil), ("abc", "d", "abcd"), ("", "abc", "abc")] as [(String, String, String?)])
    func `the row is written before the storage commits, where it has to be`(
        _ before: String,
        _ rest: String,
        _ named: String?
    ) async throws {
        try await Fixture.with { fixture in
            let id = try await fixture.registry.startUpload(in: fixture.app).id
            if !before.isEmpty { _ = try await fixture.registry.append(body([before]), to: id, in: fixture.app) }
            let epoch = try #require(try fixture.store.upload(id)).epoch
            let seen = Mutex<UploadSession?>(nil)
            fixture.storage.state.withLock {
                $0.beforeCommit = { try seen.withLock { $0 = try fixture.store.upload(id) } }
            }
            try await fixture.registry.finish(
                body([rest]), to: id, in: fixture.app, as: digest(of: before + rest))
            let row = try #require(seen.withLock { $0 })
            #expect(row.digest == named.map { digest(of: $0) })
            #expect(row.epoch == (named == nil ? epoch : epoch + 1))
        }
    }

    /// As its last PATCH left it; empty: none came.
    private func session(_ text: String, _ algorithm: Digest.Algorithm = .sha256) throws -> UploadSession {
        var hasher = ContentHasher(algorithm)
        hasher.update(ByteBuffer(string: text))
        return UploadSession(
            id: UploadID(), repository: try #require(RepositoryName("a/b")), backend: "disk", algorithm: algorithm,
            checkpoint: text.isEmpty ? nil : UploadCheckpoint(offset: Int64(text.utf8.count)),
            hashState: text.isEmpty ? [] : hasher.saved, created: Timestamp(milliseconds: 0),
            touched: Timestamp(milliseconds: 0))
    }

    private func closing(_ session: UploadSession, as digest: Digest) throws -> UploadMachine {
        try UploadMachine(session, .init(), closingAs: digest, limit: 0)
    }

    @Test func `the row tells the digest unless it lets it be told`() throws {
        let empty = try session("")
        #expect(empty.probableDigest == nil)
        #expect(try !closing(empty, as: digest(of: "abc")).isNamed)
        #expect(try !closing(empty, as: digest(of: "")).isNamed)

        var session = try session("abc")
        #expect(session.probableDigest == digest(of: "abc"))
        #expect(try closing(session, as: digest(of: "abc")).isNamed)
        #expect(try !closing(session, as: digest(of: "abcd")).isNamed)

        // An earlier PUT has said another, and may have made an object of that name.
        session.digest = digest(of: "abcd")
        #expect(session.probableDigest == digest(of: "abcd"))
        #expect(try closing(session, as: digest(of: "abcd")).isNamed)
        #expect(try !closing(session, as: digest(of: "abc")).isNamed)
    }

    @Test func `a session that was hashed by sha512 is named by that`() throws {
        let session = try session("abc", .sha512)
        #expect(session.probableDigest == digest(of: "abc", .sha512))
        #expect(try closing(session, as: digest(of: "abc", .sha512)).isNamed)
        #expect(try !closing(session, as: digest(of: "abcd", .sha512)).isNamed)
    }

    @Test func `a digest of another algorithm than was hashed names nothing yet`() throws {
        let machine = try closing(try session("abc"), as: digest(of: "abc", .sha512))
        #expect(machine.isNamed)
        #expect(machine.session.digest == nil)
    }
}
