import NIOCore
import RegistryCore
import S3Servers
import Testing

@testable import StorageS3

/// What the storage asks of the server (the S3 table of the numbers to beat).
struct StorageRequestTests {
    private func bytes(_ count: Int) -> (ByteBuffer, Digest) {
        let content = ByteBuffer(bytes: [UInt8].pattern(count))
        var hasher = ContentHasher(.sha256)
        hasher.update(content)
        return (content, hasher.digest)
    }

    @Test(arguments: [StorageServer.rclone, StorageServer.moto, StorageServer.ceph])
    func `stores a small blob with one request`(_ server: Task<StorageServer, any Error>) async throws {
        let fixture = try StorageOverServer(await server.value)
        let storage = try await fixture.make()
        _ = fixture.transport.requests()
        let (content, digest) = bytes(100_000)
        let upload = try await storage.upload(UploadPlan(id: UploadID(), length: 100_000, digest: digest))
        try await upload.append(content)
        let object = try await upload.commit(as: digest)
        #expect(fixture.transport.requests() == ["PUT"])
        let read = try await whole(object, of: storage)
        #expect(read == content)
        #expect(fixture.transport.requests() == ["GET"])
    }

    /// The server hashes it again, and refuses what is signed with another hash.
    @Test(arguments: [true, false])
    func `a part is signed with the hash that it is told to have`(_ isRight: Bool) async throws {
        let fixture = try StorageOverServer(await StorageServer.ceph.value, partSize: 5 << 20)
        let storage = try await fixture.make()
        let (content, digest) = bytes(11 << 20)
        let upload = try await storage.upload(UploadPlan(id: UploadID(), length: 11 << 20, digest: digest))
        #expect(upload.hashesParts)
        var rest = content
        var part = ContentHasher(.sha256)
        let half = rest.readSlice(length: 5 << 20)
        let first = try #require(half)
        part.update(first)
        try await upload.append(first)
        upload.ended(part: isRight ? part.digest : digest)
        if isRight {
            try await upload.append(rest)
            let object = try await upload.commit(as: digest)
            #expect(try await whole(object, of: storage) == content)
        } else {
            await #expect(throws: StorageError.self) {
                try await upload.append(rest)
                _ = try await upload.commit(as: digest)
            }
            try await upload.abort()
        }
    }

    @Test func `stores a small blob that comes in two requests with one`() async throws {
        let fixture = try StorageOverServer(await StorageServer.rclone.value)
        let storage = try await fixture.make()
        _ = fixture.transport.requests()
        let (content, digest) = bytes(100_000)
        let id = UploadID()
        let first = try await storage.upload(UploadPlan(id: id))
        try await first.append(content)
        let checkpoint = try await first.checkpoint()
        let second = try await storage.resume(UploadPlan(id: id, digest: digest), from: checkpoint)
        _ = try await second.commit(as: digest)
        #expect(fixture.transport.requests() == ["PUT"])
    }

    @Test func `stores 24 MiB in chunks of 3 MiB with a few requests`() async throws {
        let fixture = try StorageOverServer(await StorageServer.rclone.value)
        let storage = try await fixture.make()
        _ = fixture.transport.requests()
        let (content, digest) = bytes(24 << 20)
        let id = UploadID()
        var checkpoint: UploadCheckpoint?
        var rest = content
        while let chunk = rest.readSlice(length: min(3 << 20, rest.readableBytes)), chunk.readableBytes > 0 {
            let plan = UploadPlan(id: id)
            let upload =
                if let checkpoint { try await storage.resume(plan, from: checkpoint) } else {
                    try await storage.upload(plan)
                }
            try await upload.append(chunk)
            checkpoint = try await upload.checkpoint()
        }
        let last = try await storage.resume(UploadPlan(id: id, digest: digest), from: #require(checkpoint))
        _ = try await last.commit(as: digest)
        // Create, two parts, complete.
        #expect(fixture.transport.requests().count == 4)
    }

    @Test func `stores 100 MiB in parts and reads nothing`() async throws {
        let fixture = try StorageOverServer(await StorageServer.rclone.value)
        let storage = try await fixture.make()
        _ = fixture.transport.requests()
        let (content, digest) = bytes(100 << 20)
        let upload = try await storage.upload(UploadPlan(id: UploadID(), digest: digest))
        var rest = content
        while let piece = rest.readSlice(length: min(256 << 10, rest.readableBytes)), piece.readableBytes > 0 {
            try await upload.append(piece)
        }
        _ = try await upload.commit(as: digest)
        let requests = fixture.transport.requests()
        // Create, seven parts of 16 MiB or less, complete.
        #expect(requests.count == 9)
        #expect(requests.filter { $0.hasPrefix("PUT?partNumber=") }.count == 7)
    }
}

/// All bytes of an object.
func whole(_ object: StoredObject, of storage: any BlobStorage) async throws -> ByteBuffer {
    var whole = ByteBuffer()
    let content = try await storage.read(object, 0..<object.size)
    for try await buffer in content.buffers() { whole.writeImmutableBuffer(buffer) }
    return whole
}
