import MetadataSQL
import NIOCore
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

    @Test func `and when the client goes on as if nothing had been`() async throws {
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

    private func isNamed(_ session: UploadSession, closingAs text: String, _ algorithm: Digest.Algorithm = .sha256)
        throws
        -> Bool
    {
        try UploadMachine(session, .init(), closingAs: digest(of: text, algorithm), limit: 0).isNamed
    }

    @Test func `the row tells the digest unless it lets it be told`() throws {
        var hasher = ContentHasher(.sha256)
        hasher.update(ByteBuffer(string: "abc"))
        var session = UploadSession(
            id: UploadID(), repository: try #require(RepositoryName("a/b")), backend: "disk", algorithm: .sha256,
            created: Timestamp(milliseconds: 0), touched: Timestamp(milliseconds: 0))
        #expect(session.probableDigest == nil)
        #expect(try !isNamed(session, closingAs: "abc"))
        #expect(try !isNamed(session, closingAs: ""))

        session.checkpoint = UploadCheckpoint(offset: 3)
        session.hashState = hasher.saved
        #expect(session.probableDigest == digest(of: "abc"))
        #expect(try isNamed(session, closingAs: "abc"))
        #expect(try !isNamed(session, closingAs: "abcd"))

        // An earlier PUT has said another, and may have made an object of that name.
        session.digest = digest(of: "abcd")
        #expect(session.probableDigest == digest(of: "abcd"))
        #expect(try isNamed(session, closingAs: "abcd"))
        #expect(try !isNamed(session, closingAs: "abc"))
    }

    @Test func `a digest of another algorithm than was hashed names nothing yet`() throws {
        var hasher = ContentHasher(.sha256)
        hasher.update(ByteBuffer(string: "abc"))
        let session = UploadSession(
            id: UploadID(), repository: try #require(RepositoryName("a/b")), backend: "disk", algorithm: .sha256,
            checkpoint: UploadCheckpoint(offset: 3), hashState: hasher.saved, created: Timestamp(milliseconds: 0),
            touched: Timestamp(milliseconds: 0))
        let machine = try UploadMachine(session, .init(), closingAs: digest(of: "abc", .sha512), limit: 0)
        #expect(machine.isNamed)
        #expect(machine.session.digest == nil)
    }
}
