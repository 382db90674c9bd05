import S3Servers
import Testing

/// The local disk that uploads to S3 pass through is full.
struct FaultFullSpoolTests {
    @Test func `what needs it is refused, what does not goes on, and it recovers by itself`() async throws {
        let bucket = S3Bucket(try await StorageServer.rclone.value)
        try await blocking {
            let directory = try TemporaryDirectory()
            let disk = try SmallDisk(mebibytes: 2, on: "data/spool", in: directory)
            let server = try Server(configuration: bucket.configuration(), directory: directory)
            let client = Client(server)
            let content = randomBytes(1 << 20)
            let location = try client.append(Array(content[..<1000]), to: client.startUpload("a"), at: 0)
            let before = try disk.contents()
            try disk.fill(leaving: 500_000)
            let range = [("Content-Range", "1000-\(content.count - 1)")]
            for _ in 0..<3 {
                let refused = try client.patch(location, range, body: Array(content[1000...]))
                expectFull(refused, "the local disk that uploads to S3 pass through is full")
                #expect(try client.get(location)["Range"] == "0-999")
                #expect(try disk.contents() == before)
            }
            _ = try server.errorLines(3)
            // One request, one object: it needs no room here.
            let small = randomBytes(50_000)
            expect(try client.post("/v2/a/blobs/uploads/?digest=\(sha256(small))", body: small), 201)
            expectSame(try client.pullBlob(sha256(small), from: "a"), small)

            try disk.clear()
            expect(try client.patch(location, range, body: Array(content[1000...])), 202)
            expect(try client.finish(location, sha256(content)), 201)
            expectSame(try client.pullBlob(sha256(content), from: "a"), content)
            #expect(try disk.contents().isEmpty)
            #expect(try bucket.objects().map(\.size).sorted() == [50_000, content.count])
            #expect(try bucket.uploads() == [])
        }
    }
}
