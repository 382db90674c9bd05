import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import RegistryCore

@Suite struct RegistryUploadTests {
    @Test func `what a client leaves of a push of one request is not made safe but dropped`() async throws {
        try await Fixture.with { fixture in
            await #expect(throws: ClientGone.self) {
                try await fixture.registry.push(
                    body(["abc"], error: ClientGone()), in: fixture.app, as: digest(of: "abcdef"))
            }
            #expect(fixture.storage.state.withLock { $0.checkpoints } == 0)
            let (left, sessions) = (try await fixture.storage.allUnfinished(), try await fixture.sessions())
            #expect(left.isEmpty && sessions.isEmpty)
        }
    }

    @Test func `what a client leaves of a session is kept`() async throws {
        try await Fixture.with { fixture in
            let session = try await fixture.registry.startUpload(in: fixture.app)
            await #expect(throws: ClientGone.self) {
                _ = try await fixture.registry.append(
                    body(["abc"], error: ClientGone()), to: session.id, in: fixture.app)
            }
            #expect(try await fixture.registry.upload(session.id, in: fixture.app).offset == 3)
            try await fixture.registry.finish(body(["def"]), to: session.id, in: fixture.app, as: digest(of: "abcdef"))
            #expect(try await fixture.registry.blob(digest(of: "abcdef"), in: fixture.app).size == 6)
        }
    }

    @Test(arguments: [false, true])
    func `a blob is stored under the digest that its bytes are known to have`(files: Bool) async throws {
        try await Fixture.with { fixture in
            fixture.storage.state.withLock { $0.readsFiles = files }
            let session = try await fixture.registry.startUpload(in: fixture.app)
            _ = try await fixture.registry.append(body(["abc"]), to: session.id, in: fixture.app)
            let announced = digest(of: "abcdef", .sha512)
            try await fixture.registry.finish(body(["def"]), to: session.id, in: fixture.app, as: announced)
            let key = UploadPlan(id: session.id, digest: digest(of: "abcdef")).key
            #expect(try await fixture.storage.keys() == [key.description])
            let blob = try await fixture.registry.blob(announced, in: fixture.app)
            #expect(blob.locations == [BlobLocation(backend: "memory", key: key)])
        }
    }

    @Test(arguments: [false, true])
    func `a wrong digest of another algorithm leaves nothing`(files: Bool) async throws {
        try await Fixture.with { fixture in
            fixture.storage.state.withLock { $0.readsFiles = files }
            let session = try await fixture.registry.startUpload(in: fixture.app)
            _ = try await fixture.registry.append(body(["abc"]), to: session.id, in: fixture.app)
            #expect(
                await code {
                    try await fixture.registry.finish(
                        body([]), to: session.id, in: fixture.app, as: digest(of: "x", .sha512))
                } == .digestInvalid)
            #expect(try await fixture.storage.keys() == [])
            #expect(try await fixture.sessions() == [])
        }
    }

    @Test func `a blob that is there already is taken, even if the second copy cannot be removed`() async throws {
        try await Fixture.with { fixture in
            try await fixture.registry.push(body(["abc"]), in: fixture.app, as: digest(of: "abc"))
            fixture.storage.state.withLock { $0.abortFails = true }
            let other = try #require(RepositoryName("bob/app"))
            try await fixture.registry.push(body(["abc"]), in: other, as: digest(of: "abc"))
            #expect(try await fixture.registry.blob(digest(of: "abc"), in: other).size == 3)
            #expect(try await fixture.sessions() == [])
        }
    }
}
