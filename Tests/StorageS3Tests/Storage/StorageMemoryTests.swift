import NIOCore
import RegistryCore
import S3Servers
import Testing

@testable import StorageS3

/// Many uploads under a little memory (the full size is a bench's).
struct StorageMemoryTests {
    private static let size = 12 << 20

    @Test func `many uploads share little memory, and those that stall hold up nobody`() async throws {
        let budget = PartBudget(limit: 12 << 20, patience: .milliseconds(50))
        let fixture = try StorageOverServer(
            await StorageServer.rclone.value, partSize: PartSize.least, budget: budget)
        let storage = try await fixture.make()
        let content = ByteBuffer(bytes: [UInt8].pattern(Self.size))
        var hasher = ContentHasher(.sha256)
        hasher.update(content)
        let digest = hasher.digest
        let othersAreDone = Flag()

        try await withThrowingTaskGroup(of: StoredObject.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try await Self.push(content, digest, to: storage) { offset in
                        // In the middle of a part.
                        if offset == 1 << 20 { await othersAreDone.wait() }
                    }
                }
            }
            try await withThrowingTaskGroup(of: StoredObject.self) { others in
                for _ in 0..<12 {
                    others.addTask { try await Self.push(content, digest, to: storage) { _ in } }
                }
                for try await object in others { #expect(object.size == Int64(Self.size)) }
            }
            othersAreDone.raise()
            for try await object in group {
                #expect(try await whole(object, of: storage) == content)
            }
        }
        #expect(budget.used == 0)
    }

    private static func push(
        _ content: ByteBuffer,
        _ digest: Digest,
        to storage: any BlobStorage,
        pausing: (Int) async -> Void
    ) async throws -> StoredObject {
        let upload = try await storage.upload(UploadPlan(id: UploadID(), digest: digest))
        var rest = content
        var offset = 0
        while let piece = rest.readSlice(length: min(256 << 10, rest.readableBytes)), piece.readableBytes > 0 {
            await pausing(offset)
            try await upload.append(piece)
            offset += piece.readableBytes
        }
        return try await upload.commit(as: digest)
    }
}
