import Foundation
import NIOCore
import RegistryCore
import S3Servers
import Testing

@testable import StorageS3

/// Two processes with one bucket and one spool folder: the server, and one that copies.
struct StorageSharingTests {
    private static let size = 12 << 20

    private let fixture: StorageOverServer
    private let server: S3Storage
    private let copier: S3Storage
    private let content: ByteBuffer
    private let plan: UploadPlan
    private let digest: Digest

    init() async throws {
        fixture = try StorageOverServer(await StorageServer.moto.value, partSize: PartSize.least)
        server = try await fixture.open(prefix: "test/\(UploadID())", isNew: true)
        copier = try await fixture.open(prefix: server.client.address.prefix, isNew: true)
        content = ByteBuffer(bytes: [UInt8].pattern(Self.size))
        var hasher = ContentHasher(.sha256)
        hasher.update(content)
        digest = hasher.digest
        plan = UploadPlan(id: UploadID(), length: Int64(Self.size), digest: digest)
    }

    private func spooled() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: server.spool.path).sorted()
    }

    private func unfinished(_ storage: S3Storage) async throws -> [UploadID] {
        var ids: [UploadID] = []
        for try await id in storage.unfinished() { ids.append(id) }
        return ids
    }

    private func multiparts() async throws -> [String] {
        try await server.client.uploads(of: server.name(of: plan.key))
    }

    @Test func `an upload without a pause has no file but the note of its parts`() async throws {
        let upload = try await copier.upload(plan)
        var rest = content
        while let piece = rest.readSlice(length: min(256 << 10, rest.readableBytes)), piece.readableBytes > 0 {
            try await upload.append(piece)
            #expect(try spooled().allSatisfy { $0 == "\(plan.id).parts" })
        }
        #expect(try spooled() == ["\(plan.id).parts"])
        let object = try await upload.commit(as: digest)
        #expect(try spooled() == [])
        #expect(try await whole(object, of: server) == content)
    }

    @Test func `one sees and discards what the other left unfinished`() async throws {
        let upload = try await copier.upload(plan)
        try await upload.append(content)
        _ = try await upload.checkpoint()
        #expect(try await unfinished(server) == [plan.id])
        #expect(try await multiparts().count == 1)
        try await server.discard(plan, nil)
        #expect(try await multiparts() == [])
        #expect(try spooled() == [])
        #expect(try await unfinished(copier) == [])
        await #expect(throws: StorageError.self) { _ = try await upload.commit(as: digest) }
        for try await object in server.objects(after: nil) { Issue.record("\(object) was stored") }
    }

    @Test func `one does not list for ever what the other had when it was opened`() async throws {
        let upload = try await copier.upload(plan)
        try await upload.append(content)
        let opened = try await fixture.open(prefix: server.client.address.prefix, isNew: true)
        #expect(try await unfinished(opened) == [plan.id])
        let object = try await upload.commit(as: digest)
        #expect(try await unfinished(opened) == [])
        #expect(try await whole(object, of: opened) == content)
    }

    @Test func `URLs work for as long as the limits say`() async throws {
        #expect(server.limits.urlLifetime == .seconds(60))
        let alone = S3Storage(
            server.client, spool: server.spool, budget: PartBudget(limit: 1), partSize: 1, logger: quiet)
        #expect(alone.limits.urlLifetime == nil)
    }
}
