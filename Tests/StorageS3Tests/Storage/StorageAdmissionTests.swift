import NIOCore
import RegistryCore
import S3Servers
import Synchronization
import Testing

@testable import StorageS3

/// A storage whose server was away at first, and that may turn out to be somebody else's.
struct StorageAdmissionTests {
    private let plan = UploadPlan(id: UploadID())
    private let object = StoredObject(key: UploadPlan(id: UploadID()).key, size: 1)

    private func storage(
        _ fixture: StorageOverServer,
        prefix: String,
        installation: String?,
        admit: @escaping @Sendable (any BlobStorage) async throws -> Void = { _ in }
    ) throws -> S3Storage {
        let address = try BucketAddress(
            Endpoint(fixture.server.endpoint), bucket: StorageServer.bucket, prefix: prefix, pathStyle: true)
        return S3Storage(
            fixture.client(Place(address: address, region: "us-east-1")), spool: try SpoolFolder(temporaryFolder()),
            budget: PartBudget(limit: 1 << 20), partSize: 5 << 20, redirect: S3Redirect(expires: .seconds(60)),
            installation: installation, admit: admit, logger: quiet)
    }

    /// Everything that looks for objects or brings some.
    private func expectClosed(_ storage: S3Storage) async {
        let checkpoint = UploadCheckpoint(offset: 1)
        let uses: [@Sendable () async throws -> Void] = [
            { _ = try await storage.upload(plan) },
            { _ = try await storage.resume(plan, from: checkpoint) },
            { try await storage.discard(plan, checkpoint) },
            { _ = try await storage.read(object, 0..<1) },
            { _ = try await storage.url(object) },
            { if let error = await storage.delete([object.key])[object.key] { throw error } },
            { for try await _ in storage.objects(after: nil) {} },
        ]
        for (number, use) in uses.enumerated() {
            let error = await #expect(throws: StorageError.self, "use \(number)") { try await use() }
            #expect(error?.code == .unavailable, "use \(number): \(String(describing: error))")
        }
    }

    @Test func `one that is found to be another's is not used, and says why`() async throws {
        let fixture = try StorageOverServer(await StorageServer.rclone.value)
        let owner = try #require(try await fixture.make() as? S3Storage)
        let found = owner.installation?.id
        let mine = try storage(fixture, prefix: owner.client.address.prefix, installation: UploadID().description) {
            storage in
            #expect(storage.installation?.id == found)
            throw StorageError(.misconfigured, "it is another installation's")
        }
        await expectClosed(mine)
        let error = await #expect(throws: StorageError.self) { try await mine.ready() }
        #expect(error?.code == .misconfigured)
        #expect(mine.installation == nil)
        #expect(try await objects(of: owner).isEmpty)
    }

    @Test func `one without a mark where blobs ought to be is not used`() async throws {
        let fixture = try StorageOverServer(await StorageServer.rclone.value)
        let empty = try storage(fixture, prefix: "test/\(UploadID())", installation: nil)
        await expectClosed(empty)
        #expect(try await empty.client.document(empty.markerName) == nil)
    }

    @Test func `who asks first opens it, and the storage can be read to say whose it is`() async throws {
        let fixture = try StorageOverServer(await StorageServer.rclone.value)
        let owner = try #require(try await fixture.make() as? S3Storage)
        let content = ByteBuffer(string: "blob")
        let upload = try await owner.upload(plan)
        try await upload.append(content)
        var hasher = ContentHasher(.sha256)
        hasher.update(content)
        let stored = try await upload.commit(as: hasher.digest)
        let mine = try storage(fixture, prefix: owner.client.address.prefix, installation: nil) { storage in
            let read = try await whole(stored, of: storage)
            #expect(read == content)
        }
        _ = fixture.transport.requests()
        _ = try await mine.upload(UploadPlan(id: UploadID()))
        // The mark, and what was asked of it.
        #expect(fixture.transport.requests() == ["GET", "GET"])
        _ = try await mine.upload(UploadPlan(id: UploadID()))
        #expect(fixture.transport.requests().isEmpty)
        #expect(mine.installation == owner.installation)
    }

    @Test func `one whose mark changes is closed until it has its own again, and makes no other`() async throws {
        let fixture = try StorageOverServer(await StorageServer.rclone.value)
        let storage = try #require(try await fixture.make() as? S3Storage)
        let mark = try #require(try await storage.client.document(storage.markerName))
        let other = String(buffer: mark).replacing(
            try #require(storage.installation?.id), with: UploadID().description)
        try await storage.client.put(storage.markerName, .buffers([ByteBuffer(string: other)]))
        await #expect(throws: StorageError.self) { try await storage.ready() }
        await expectClosed(storage)
        try await storage.client.delete(storage.markerName)
        await expectClosed(storage)
        #expect(try await storage.client.document(storage.markerName) == nil)
        try await storage.client.put(storage.markerName, .buffers([mark]))
        try await storage.ready()
        _ = try await storage.upload(plan)
    }

    /// Both see no mark; the other one's is there by the time that this one writes.
    @Test func `of two that make a storage at once, the second does not take the first one's place`() async throws {
        let id = UploadID().description
        let wasAsked = Mutex(false)
        let server = try AnsweringServer { request in
            if request.line.contains("list-type") {
                return ("200 OK", [], "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
            }
            if request.line.hasPrefix("PUT ") {
                let isConditional = request.headers.contains { $0.lowercased() == "if-none-match: *" }
                wasAsked.withLock { $0 = true }
                return isConditional
                    ? ("412 Precondition Failed", [], "<Error><Code>PreconditionFailed</Code></Error>")
                    : ("200 OK", ["ETag: \"e\""], "")
            }
            guard wasAsked.withLock({ $0 }) else {
                return ("404 Not Found", [], "<Error><Code>NoSuchKey</Code></Error>")
            }
            return ("200 OK", [], "registryd s3 storage, layout 1\ninstallation \(id)\n")
        }
        let fixture = try StorageOverServer(await StorageServer.rclone.value)
        let address = try BucketAddress(Endpoint(server.url), bucket: "b", prefix: "p", pathStyle: true)
        let storage = S3Storage(
            fixture.client(Place(address: address, region: "us-east-1")), spool: try SpoolFolder(temporaryFolder()),
            budget: PartBudget(limit: 1 << 20), partSize: 5 << 20, logger: quiet)
        try await storage.open()
        #expect(wasAsked.withLock { $0 })
        #expect(storage.installation?.id == id)
    }

    private func objects(of storage: S3Storage) async throws -> [StoredObject] {
        var all: [StoredObject] = []
        for try await object in storage.objects(after: nil) { all.append(object) }
        return all
    }
}
