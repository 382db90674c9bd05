import Foundation
import NIOCore
import RegistryCore
import S3Servers
import TestSupport
import Testing

@testable import StorageS3

/// Uploads that lose what this machine, or the server, had of them.
struct LostPartsTests {
    private static let servers = [StorageServer.rclone, StorageServer.moto, StorageServer.ceph]
    private let repository: RepositoryName

    init() throws { repository = try repositoryName("alice/app") }

    /// The offset from which the client is told to go on; nil: it is not.
    private func refusal(_ body: () async throws -> Void) async throws -> Int64? {
        do {
            try await body()
            return nil
        } catch let error as RegistryError where error.code == .chunkOutOfOrder {
            return error.offset
        }
    }

    private func slice(_ content: ByteBuffer, _ range: Range<Int>) throws -> ByteBuffer {
        try #require(content.getSlice(at: range.lowerBound, length: range.count))
    }

    /// A session that has the first `count` bytes, in chunks of 3 MiB.
    private func session(_ it: RegistryOverS3, _ content: ByteBuffer, _ count: Int) async throws -> UploadID {
        let id = try await it.registry.startUpload(in: repository).id
        for start in stride(from: 0, to: count, by: 3 << 20) {
            let chunk = try slice(content, start..<min(start + (3 << 20), count))
            _ = try await it.registry.append(body(chunk), to: id, in: repository)
        }
        return id
    }

    @Test(arguments: servers.indices)
    func `without its spool an upload goes on at the end of the last part`(_ index: Int) async throws {
        try await RegistryOverS3.with(Self.servers[index].value) { it in
            let content = content(17 << 20, seed: 1)
            let id = try await session(it, content, 12 << 20)
            try FileManager.default.removeItem(atPath: it.storage.spool.path)
            try FileManager.default.createDirectory(
                atPath: it.storage.spool.path, withIntermediateDirectories: true)

            let rest = body(try slice(content, 12 << 20..<17 << 20))
            let offset = try await refusal {
                try await it.registry.finish(rest, to: id, in: repository, as: digest(content))
            }
            #expect(offset == 10 << 20)
            #expect(try await it.registry.upload(id, in: repository).offset == 10 << 20)

            let more = body(try slice(content, 10 << 20..<16 << 20))
            _ = try await it.registry.append(more, to: id, in: repository)
            let last = body(try slice(content, 16 << 20..<17 << 20))
            try await it.registry.finish(last, to: id, in: repository, as: digest(content))
            #expect(try await it.pull(content, from: "alice/app") == content)
            #expect(try await it.objects() == [17 << 20])
            #expect(
                try await it.storage.client.uploads(of: "\(it.storage.objectPrefix)\(UploadPlan(id: id).key)") == [])
        }
    }

    @Test func `without its spool an upload of less than a part begins anew`() async throws {
        try await RegistryOverS3.with(StorageServer.rclone.value) { it in
            let content = content(4 << 20, seed: 1)
            let id = try await session(it, content, 3 << 20)
            try FileManager.default.removeItem(atPath: it.storage.spool.tail(id, 0))
            let rest = body(try slice(content, 3 << 20..<4 << 20))
            let offset = try await refusal { _ = try await it.registry.append(rest, to: id, in: repository) }
            #expect(offset == 0)
            try await it.registry.finish(body(content), to: id, in: repository, as: digest(content))
            #expect(try await it.pull(content, from: "alice/app") == content)
        }
    }

    /// Another machine went on with the upload meanwhile, and this one's file has the name that the row says.
    @Test func `what an old spool file has is not taken for what came later`() async throws {
        try await RegistryOverS3.with(StorageServer.rclone.value) { it in
            let content = content(17 << 20, seed: 1)
            let id = try await session(it, content, 12 << 20)
            let (folder, old) = (it.storage.spool.path, "\(try temporaryFolder())/old")
            try FileManager.default.moveItem(atPath: folder, toPath: old)
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let offset = try await refusal {
                _ = try await it.registry.append(body(ByteBuffer()), to: id, in: repository)
            }
            #expect(offset == 10 << 20)
            // As long as what is in the old file, or shorter, and of the same part.
            let more = body(try slice(content, 10 << 20..<11 << 20))
            _ = try await it.registry.append(more, to: id, in: repository)
            try FileManager.default.removeItem(atPath: folder)
            try FileManager.default.moveItem(atPath: old, toPath: folder)

            let again = try await refusal {
                _ = try await it.registry.append(body(ByteBuffer()), to: id, in: repository)
            }
            #expect(again == 10 << 20)
            let rest = body(try slice(content, 10 << 20..<17 << 20))
            try await it.registry.finish(rest, to: id, in: repository, as: digest(content))
            #expect(try await it.pull(content, from: "alice/app") == content)
        }
    }

    /// moto answers 500 to a part of an upload that it does not know.
    @Test(arguments: [0, 2])
    func `an upload whose parts the server has forgotten begins anew`(_ index: Int) async throws {
        try await RegistryOverS3.with(Self.servers[index].value) { it in
            let content = content(12 << 20, seed: 1)
            let id = try await session(it, content, 9 << 20)
            let row = try await it.registry.upload(id, in: repository)
            let saved = try S3Checkpoint(#require(row.checkpoint), of: id)
            let multipart = try #require(saved.multipart)
            try await it.storage.client.abortMultipart(it.storage.name(of: multipart.key), multipart.uploadID)

            let rest = body(try slice(content, 9 << 20..<12 << 20))
            let offset = try await refusal {
                try await it.registry.finish(rest, to: id, in: repository, as: digest(content))
            }
            #expect(offset == 0)
            try await it.registry.finish(body(content), to: id, in: repository, as: digest(content))
            #expect(try await it.pull(content, from: "alice/app") == content)
            #expect(try await it.objects() == [12 << 20])
        }
    }
}
