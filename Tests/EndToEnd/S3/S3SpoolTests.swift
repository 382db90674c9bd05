import Foundation
import S3Servers
import Testing

/// The disk with the spool is gone: the client goes on from what the S3 server has.
struct S3SpoolTests {
    @Test func `416 says where to go on, and the blob is right`() async throws {
        let bucket = S3Bucket(try await StorageServer.rclone.value)
        try await blocking {
            let server = try Server(configuration: bucket.configuration())
            var client = Client(server)
            let repository = uniqueRepository()
            let content = randomBytes(17 << 20)
            let started = try client.post("/v2/\(repository)/blobs/uploads/")
            #expect(started["OCI-Chunk-Min-Length"] == "\(5 << 20)", "chunks as large as parts suit it best")
            var location = try #require(started.location)
            for start in stride(from: 0, to: 12 << 20, by: 3 << 20) {
                location = try client.append(Array(content[start..<start + (3 << 20)]), to: location, at: start)
            }
            server.stop(SIGKILL)
            try FileManager.default.removeItem(atPath: server.data + "/spool")
            try server.start()
            client = Client(server)

            // It does not know of the loss before it looks.
            #expect(try client.get(location)["Range"] == "0-\((12 << 20) - 1)")
            let chunk = [("Content-Range", "\(12 << 20)-\((12 << 20) + 99)")]
            let refused = try client.patch(location, chunk, body: Array(content[12 << 20..<(12 << 20) + 100]))
            expect(refused, 416, "BLOB_UPLOAD_INVALID")
            #expect(refused["Range"] == "0-\((10 << 20) - 1)")
            let next = try #require(refused.location)
            #expect(try client.get(next)["Range"] == "0-\((10 << 20) - 1)")

            let rest = try client.append(Array(content[10 << 20..<14 << 20]), to: next, at: 10 << 20)
            expect(try client.finish(rest, sha256(content), body: Array(content[14 << 20..<17 << 20])), 201)
            expectSame(try client.pullBlob(sha256(content), from: repository), content)
            #expect(try bucket.objects().map(\.size) == [17 << 20])
            #expect(try bucket.uploads() == [])
        }
    }
}
