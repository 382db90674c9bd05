import Testing

/// `GET` and `HEAD` of blobs, and their conditions. Ranges are in `BlobRangeTests`.
struct BlobPullTests {
    let client: Client
    let repository = uniqueRepository()
    let content = randomBytes(100_000)
    let digest: String
    var target: String { "/v2/\(repository)/blobs/\(digest)" }

    init() throws {
        client = Client(try Server.shared())
        digest = try client.pushBlob(content, to: repository)
    }

    @Test func `gives the bytes, and says what they are`() throws {
        let response = try client.get(target)
        expect(response, 200)
        expectSame(response.body, content)
        expectBlobHeaders(response)
    }

    @Test func `HEAD says the same without the bytes`() throws {
        expectBlobHeaders(try client.head(target))
        // Had it sent a body, the next answer on this connection would begin in the middle of it.
        expectBlobHeaders(try client.head(target))
    }

    private func expectBlobHeaders(_ response: HTTPResponse) {
        expect(response, 200)
        #expect(response["Content-Length"] == "\(content.count)")
        #expect(response["Content-Type"] == "application/octet-stream")
        #expect(response["Docker-Content-Digest"] == digest)
        #expect(response["ETag"] == "\"\(digest)\"")
        #expect(response["Accept-Ranges"] == "bytes")
        #expect(response["X-Content-Type-Options"] == "nosniff")
        let caching = response["Cache-Control"] ?? ""
        #expect(caching.contains("immutable") && caching.contains("max-age="), "\(caching)")
    }

    @Test func `an empty blob is a blob`() throws {
        let digest = try client.pushBlob([], to: repository)
        for method in ["GET", "HEAD"] {
            let response = try client.request(method, "/v2/\(repository)/blobs/\(digest)")
            expect(response, 200)
            #expect(response["Content-Length"] == "0")
            #expect(response.body.isEmpty)
            #expect(response["Docker-Content-Digest"] == digest)
        }
    }

    @Test func `a large blob comes whole, again and again on one connection`() throws {
        let large = randomBytes(20 << 20)
        let digest = try client.pushBlob(large, to: repository)
        for _ in 0..<3 {
            let response = try client.get("/v2/\(repository)/blobs/\(digest)")
            expect(response, 200)
            expectSame(response.body, large)
        }
    }

    // MARK: Conditions (RFC 9110, section 13)

    @Test func `If-None-Match spares what the client has`() throws {
        let own = "\"\(digest)\""
        for value in [own, "W/\(own)", "\"other\", \(own)", "*"] {
            for method in ["GET", "HEAD"] {
                let response = try client.request(method, target, [("If-None-Match", value)])
                expect(response, 304)
                #expect(response["ETag"] == own)
                #expect(response.body.isEmpty)
            }
        }
    }

    @Test func `If-None-Match of something else gives the blob`() throws {
        let response = try client.get(target, [("If-None-Match", "\"\(sha256([1]))\"")])
        expect(response, 200)
        expectSame(response.body, content)
    }

    @Test func `If-None-Match goes before Range`() throws {
        let response = try client.get(target, [("If-None-Match", "\"\(digest)\""), ("Range", "bytes=0-9")])
        expect(response, 304)
    }

    // MARK: Refusals

    @Test(arguments: ["GET", "HEAD"])
    func `an unknown blob is 404`(_ method: String) throws {
        let response = try client.request(method, "/v2/\(repository)/blobs/\(sha256(randomBytes(8)))")
        expect(response, 404, method == "GET" ? "BLOB_UNKNOWN" : nil)
    }

    @Test func `an unknown repository is 404`() throws {
        expect(try client.get("/v2/\(uniqueRepository())/blobs/\(digest)"), 404, "NAME_UNKNOWN")
    }

    @Test func `a blob is not to be had through a repository that it was not pushed to`() throws {
        let other = uniqueRepository()
        try client.pushBlob(randomBytes(10), to: other)
        expect(try client.get("/v2/\(other)/blobs/\(digest)"), 404, "BLOB_UNKNOWN")
        expect(try client.head("/v2/\(other)/blobs/\(digest)"), 404)
    }

    @Test(arguments: [
        "sha256:abc", "sha256:" + String(repeating: "A", count: 64), "sha512:" + String(repeating: "a", count: 64),
        "md5:d41d8cd98f00b204e9800998ecf8427e", "sha256:" + String(repeating: "a", count: 65),
        "sha256:" + String(repeating: "g", count: 64), "sha256", "latest",
    ])
    func `what is no digest is refused`(_ digest: String) throws {
        expect(try client.get("/v2/\(repository)/blobs/\(digest)"), 400, "DIGEST_INVALID")
    }

    // MARK: Deletion

    @Test func `a deleted blob is gone from its repository, and only from there`() throws {
        let other = uniqueRepository()
        try client.pushBlob(content, to: other)
        expect(try client.delete(target), 202)
        expect(try client.get(target), 404, "BLOB_UNKNOWN")
        expect(try client.head(target), 404)
        expect(try client.delete(target), 404, "BLOB_UNKNOWN")
        expectSame(try client.pullBlob(digest, from: other), content)
    }

    @Test func `a deleted blob can be pushed again`() throws {
        expect(try client.delete(target), 202)
        try client.pushBlob(content, to: repository)
        expectSame(try client.pullBlob(digest, from: repository), content)
    }

    @Test func `a blob that a manifest needs is not deleted`() throws {
        let config = Array("{}".utf8)
        try client.pushBlob(config, to: repository)
        let manifest = Manifest.image(config: config, layers: [content])
        try client.pushManifest(manifest, to: repository, as: "latest")
        let refused = try client.delete(target)
        expect(refused, 400...499)
        #expect(refused.errors.first?.message?.contains(manifest.digest) == true, "\(refused)")
        expectSame(try client.pullBlob(digest, from: repository), content)

        expect(try client.delete("/v2/\(repository)/manifests/\(manifest.digest)"), 202)
        expect(try client.delete(target), 202)
    }
}
