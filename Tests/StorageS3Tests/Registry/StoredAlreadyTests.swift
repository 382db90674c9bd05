import NIOCore
import RegistryCore
import S3Servers
import TestSupport
import Testing

@testable import StorageS3

/// A blob that is there already is not stored again.
struct StoredAlreadyTests {
    @Test func `a small one costs the server nothing`() async throws {
        try await RegistryOverS3.with(StorageServer.rclone.value) { it in
            let blob = content(100_000, seed: 1)
            try await it.push(blob, to: "alice/app")
            #expect(it.requests() == ["PUT"])
            try await it.push(blob, to: "bob/app")
            #expect(it.requests() == [])
            #expect(try await it.pull(blob, from: "bob/app") == blob)
            #expect(try await it.objects() == [100_000])
        }
    }

    @Test func `a small one that comes in chunks costs nothing either, and leaves no file`() async throws {
        try await RegistryOverS3.with(StorageServer.rclone.value) { it in
            let blob = content(200_000, seed: 1)
            try await it.push(blob, to: "alice/app")
            _ = it.requests()
            let repository = try repositoryName("bob/app")
            let session = try await it.registry.startUpload(in: repository)
            _ = try await it.registry.append(
                body(try #require(blob.getSlice(at: 0, length: 150_000))), to: session.id, in: repository)
            let rest = body(try #require(blob.getSlice(at: 150_000, length: 50_000)))
            try await it.registry.finish(rest, to: session.id, in: repository, as: digest(blob))
            #expect(it.requests() == [])
            #expect(try it.storage.spool.uploads().isEmpty)
            #expect(try await it.objects() == [200_000])
        }
    }

    @Test func `the parts of a large one are dropped and not put together`() async throws {
        try await RegistryOverS3.with(StorageServer.moto.value) { it in
            let blob = content(12 << 20, seed: 1)
            try await it.push(blob, to: "alice/app")
            _ = it.requests()
            try await it.push(blob, to: "bob/app")
            let requests = it.requests()
            #expect(requests.filter { $0 == "DELETE uploadId" }.count == 1, "\(requests)")
            #expect(!requests.contains("POST uploadId"), "\(requests)")
            #expect(!requests.contains("PUT"), "\(requests)")
            #expect(try await it.objects() == [12 << 20])
            #expect(try await it.pull(blob, from: "bob/app") == blob)
        }
    }
}
