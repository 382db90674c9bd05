import Glibc
import NIOCore
import RegistryCore
import S3Servers
import Testing

@testable import StorageS3

/// What uploads leave on the server: nothing.
struct StorageLeftoverTests {
    private static let size = 12 << 20

    private func fixture() async throws -> StorageOverServer {
        try StorageOverServer(await StorageServer.moto.value, partSize: PartSize.least)
    }

    private func content() -> (ByteBuffer, Digest) {
        let content = ByteBuffer(bytes: [UInt8].pattern(Self.size))
        var hasher = ContentHasher(.sha256)
        hasher.update(content)
        return (content, hasher.digest)
    }

    private func open(_ fixture: StorageOverServer) async throws -> S3Storage {
        try await fixture.open(prefix: "test/\(UploadID())", isNew: true)
    }

    /// The multipart uploads below the storage's prefix.
    private func uploads(_ storage: S3Storage) async throws -> [String] {
        let call = S3Call(
            operation: "ListMultipartUploads", method: "GET",
            query: ["uploads": nil, "prefix": storage.objectPrefix, "encoding-type": "url"])
        return try await storage.client.answer(call, UploadListing.self).uploads.map(\.uploadID)
    }

    @Test func `ends a multipart upload that a crash left without a checkpoint when its session begins anew`()
        async throws
    {
        let fixture = try await fixture()
        let storage = try await open(fixture)
        let (content, digest) = content()
        let plan = UploadPlan(id: UploadID(), digest: digest)
        try await storage.upload(plan).append(content)
        #expect(try await uploads(storage).count == 1)

        let reopened = try #require(try await fixture.reopen(storage) as? S3Storage)
        let upload = try await reopened.upload(plan)
        #expect(try await uploads(reopened).isEmpty)
        try await upload.append(content)
        let object = try await upload.commit(as: digest)
        #expect(try await whole(object, of: reopened) == content)
        #expect(try await uploads(reopened).isEmpty)
        #expect(try reopened.spool.uploads().isEmpty)
    }

    /// One way to go on after the answer to a creation was waited for in vain.
    enum Continuation: CaseIterable { case commits, resumes, arrivesAfterResuming, discards }

    @Test(arguments: Continuation.allCases)
    func `ends a multipart upload that a stalled request begins long after another attempt did`(_ how: Continuation)
        async throws
    {
        let fixture = try await fixture()
        let storage = try await open(fixture)
        let (content, digest) = content()
        let plan = UploadPlan(id: UploadID(), digest: digest)
        fixture.transport.delay("POST?uploads")
        var upload = try await storage.upload(plan)
        try await upload.append(content)
        let checkpoint = try await upload.checkpoint()
        if how == .arrivesAfterResuming { upload = try await storage.resume(plan, from: checkpoint) }
        try await fixture.transport.arrive()
        #expect(try await uploads(storage).count == 2)
        if how == .resumes {
            upload = try await storage.resume(plan, from: checkpoint)
            #expect(try await uploads(storage).count == 1)
        }
        if how == .discards {
            try await storage.discard(plan, checkpoint)
        } else {
            let object = try await upload.commit(as: digest)
            #expect(try await whole(object, of: storage) == content)
        }
        #expect(try await uploads(storage).isEmpty)
        #expect(try storage.spool.uploads().isEmpty)
    }

    @Test func `ends later what it could not end when the object was complete`() async throws {
        let fixture = try await fixture()
        let storage = try await open(fixture)
        let (content, digest) = content()
        let plan = UploadPlan(id: UploadID(), digest: digest)
        let upload = try await storage.upload(plan)
        try await upload.append(content)
        let object = try await upload.commit(as: digest)
        let name = storage.name(of: object.key)
        _ = try await storage.client.createMultipart(name)
        try UploadNote.append(["begun \(object.key) u", "begin \(object.key)", "completed u"], storage.spool, plan.id)

        for try await id in storage.unfinished() { Issue.record("\(id) has a blob") }
        #expect(try await uploads(storage).isEmpty)
        #expect(try storage.spool.uploads().isEmpty)
        #expect(try await whole(object, of: storage) == content)
    }

    @Test func `ends a multipart upload of which only the session's id is known`() async throws {
        let fixture = try await fixture()
        let storage = try await open(fixture)
        let (content, digest) = content()
        let plan = UploadPlan(id: UploadID(), digest: digest)
        try await storage.upload(plan).append(content)
        let reopened = try #require(try await fixture.reopen(storage) as? S3Storage)
        try await reopened.discard(UploadPlan(id: plan.id), nil)
        #expect(try await uploads(reopened).isEmpty)
        #expect(try reopened.spool.uploads().isEmpty)
    }

    @Test(arguments: [0, 20, 140])
    func `ends a multipart upload whose note a power cut has torn`(_ length: Int) async throws {
        let fixture = try await fixture()
        let storage = try await open(fixture)
        let (content, digest) = content()
        let plan = UploadPlan(id: UploadID(), digest: digest)
        try await storage.upload(plan).append(content)
        #expect(truncate(storage.spool.note(plan.id), length) == 0)
        let reopened = try #require(try await fixture.reopen(storage) as? S3Storage)
        try await reopened.discard(plan, nil)
        #expect(try await uploads(reopened).isEmpty)
        #expect(try reopened.spool.uploads().isEmpty)
    }

    @Test func `discards an object whose key has an earlier digest of its session`() async throws {
        let fixture = try await fixture()
        let storage = try await open(fixture)
        let (content, digest) = content()
        let first = UploadPlan(id: UploadID(), digest: anyOtherDigest)
        let upload = try await storage.upload(first)
        try await upload.append(content)
        let checkpoint = try await upload.checkpoint()
        // Nobody looks at parts as a whole.
        _ = try await upload.commit(as: anyOtherDigest)
        try await storage.discard(UploadPlan(id: first.id, digest: digest), checkpoint)
        for try await object in storage.objects(after: nil) { Issue.record("\(object) is still there") }
    }

    private var anyOtherDigest: Digest {
        var hasher = ContentHasher(.sha256)
        hasher.update(ByteBuffer(string: "other"))
        return hasher.digest
    }

    @Test func `ends a multipart upload that another host began`() async throws {
        let (here, there) = (try await fixture(), try await fixture())
        defer { withExtendedLifetime((here, there)) {} }
        let storage = try await open(here)
        let (content, digest) = content()
        let plan = UploadPlan(id: UploadID(), digest: digest)
        try await storage.upload(plan).append(content)
        let elsewhere = try await there.open(prefix: storage.client.address.prefix, isNew: true)
        try await elsewhere.discard(plan, nil)
        #expect(try await uploads(storage).isEmpty)
    }

    @Test func `says on a host without the spool file that the checkpoint is lost`() async throws {
        let (here, there) = (try await fixture(), try await fixture())
        defer { withExtendedLifetime((here, there)) {} }
        let storage = try await open(here)
        let (content, digest) = content()
        let plan = UploadPlan(id: UploadID(), digest: digest)
        let upload = try await storage.upload(plan)
        try await upload.append(content)
        let checkpoint = try await upload.checkpoint()
        let elsewhere = try await there.open(prefix: storage.client.address.prefix, isNew: true)
        let error = await #expect(throws: StorageError.self) { _ = try await elsewhere.resume(plan, from: checkpoint) }
        #expect(error?.code == .checkpointLost)
    }

    @Test func `sends a part again that a dead request had sent`() async throws {
        let fixture = try await fixture()
        let storage = try await open(fixture)
        let (content, digest) = content()
        let plan = UploadPlan(id: UploadID(), digest: digest)
        let first = try await storage.upload(plan)
        try await first.append(try #require(content.getSlice(at: 0, length: 6 << 20)))
        let checkpoint = try await first.checkpoint()
        // Wrong bytes, of which no checkpoint speaks.
        try await first.append(ByteBuffer(repeating: 0, count: 6 << 20))
        let reopened = try await fixture.reopen(storage)
        let second = try await reopened.resume(plan, from: checkpoint)
        try await second.append(try #require(content.getSlice(at: 6 << 20, length: 6 << 20)))
        let object = try await second.commit(as: digest)
        #expect(try await whole(object, of: reopened) == content)
    }

    @Test func `keeps its checkpoints through their encoding`() throws {
        var multipart = S3Checkpoint.Multipart(
            key: ObjectKey("unnamed/4c/4c2f"), uploadID: "2~a/b+c=", etags: ["\"e1\""])
        multipart.etags += (2...10_000).map { "\"\($0)\"" }
        for multipart in [nil, multipart] {
            let checkpoint = S3Checkpoint(
                partSize: 5 << 20, multipart: multipart, generation: 1, stamp: 1 << 63 | 5, spooled: 77)
            #expect(try S3Checkpoint(checkpoint.checkpoint, of: UploadID()) == checkpoint)
        }
        let strange = UploadCheckpoint(offset: 3, state: [9, 9])
        let error = #expect(throws: StorageError.self) { try S3Checkpoint(strange, of: UploadID()) }
        #expect(error?.code == .checkpointLost)
    }

    @Test(
        arguments: [
            (nil, 16 << 20), (1 << 30, 16 << 20), (160_000 << 20, 16 << 20), (160_001 << 20, 17 << 20),
            (5 << 40, 525 << 20),
        ] as [(Int64?, Int64)])
    func `makes parts large enough for the announced length`(_ length: Int64?, _ size: Int64) {
        #expect(PartSize.of(length, configured: 16 << 20) == size)
    }
}
