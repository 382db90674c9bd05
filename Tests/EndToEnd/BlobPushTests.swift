import Testing

/// Blobs pushed whole, and mounted (OCI distribution specification, "Pushing a blob monolithically", "Mounting a blob
/// from another repository"). Chunks are in `ChunkedPushTests`, sessions in `UploadSessionTests`.
struct BlobPushTests {
    let client: Client
    let repository = uniqueRepository()
    var uploads: String { "/v2/\(repository)/blobs/uploads/" }

    init() throws {
        client = Client(try Server.shared())
    }

    private func expectStored(_ response: HTTPResponse, _ digest: String, _ content: [UInt8]) throws {
        expect(response, 201)
        #expect(response["Docker-Content-Digest"] == digest)
        let location = try #require(response.location)
        #expect(location.hasSuffix("/v2/\(repository)/blobs/\(digest)"))
        expectSame(try client.get(location).body, content)
    }

    @Test(arguments: [0, 1, 4096, 65_536, 1_000_000, 9 << 20])
    func `POST, then PUT with the bytes`(_ size: Int) throws {
        let content = randomBytes(size)
        let opened = try client.post(uploads)
        expect(opened, 202)
        let location = try #require(opened.location)
        #expect(opened["Content-Length"] == "0")
        let id = location.split(separator: "?")[0].split(separator: "/").last ?? ""
        #expect(id.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12], "a UUID: \(location)")
        try expectStored(try client.finish(location, sha256(content), body: content), sha256(content), content)
    }

    @Test(arguments: [0, 1, 100_000, 3 << 20])
    func `a single POST with the digest and the bytes`(_ size: Int) throws {
        let content = randomBytes(size)
        let digest = sha256(content)
        try expectStored(try client.post("\(uploads)?digest=\(digest)", body: content), digest, content)
    }

    @Test func `a digest with an escaped colon is a digest`() throws {
        let content = randomBytes(10)
        let digest = sha256(content)
        let escaped = digest.replacing(":", with: "%3A")
        try expectStored(try client.post("\(uploads)?digest=\(escaped)", body: content), digest, content)
        let other = randomBytes(10)
        let response = try client.finish(
            client.startUpload(repository), sha256(other).replacing(":", with: "%3a"), body: other)
        try expectStored(response, sha256(other), other)
    }

    @Test func `the same blob may be pushed again`() throws {
        let content = randomBytes(5000)
        let digest = sha256(content)
        try client.pushBlob(content, to: repository)
        try client.pushBlob(content, to: repository)
        try expectStored(try client.post("\(uploads)?digest=\(digest)", body: content), digest, content)
    }

    @Test func `one blob pushed by many at once is stored once`() throws {
        let server = try Server()
        let content = randomBytes(300_000)
        let repository = repository
        let digests = concurrently(8) { _ in try Client(server).pushBlob(content, to: repository) }
        for digest in digests { #expect(try digest.get() == sha256(content)) }
        expectSame(try Client(server).pullBlob(sha256(content), from: repository), content)
        try eventually("that it is stored once; there is \((try? server.storedBlobs()) ?? [])") {
            try server.storedBlobs().map(\.size) == [content.count]
        }
    }

    // MARK: Digests that are wrong

    @Test func `the wrong digest is refused, and the session is gone`() throws {
        let content = randomBytes(1000)
        let wrong = sha256(randomBytes(1000))
        let location = try client.startUpload(repository)
        expect(try client.finish(location, wrong, body: content), 400, "DIGEST_INVALID")
        expect(try client.get(location), 404, "BLOB_UPLOAD_UNKNOWN")
        expect(try client.head("/v2/\(repository)/blobs/\(wrong)"), 404)
        expect(try client.head("/v2/\(repository)/blobs/\(sha256(content))"), 404)
    }

    @Test func `a single POST with the wrong digest stores nothing`() throws {
        let content = randomBytes(1000)
        let wrong = sha256(randomBytes(1000))
        expect(try client.post("\(uploads)?digest=\(wrong)", body: content), 400, "DIGEST_INVALID")
        expect(try client.head("/v2/\(repository)/blobs/\(wrong)"), 404)
        expect(try client.head("/v2/\(repository)/blobs/\(sha256(content))"), 404)
    }

    @Test(arguments: [
        "", "sha256", "sha256:", "sha256:abc", "md5:d41d8cd98f00b204e9800998ecf8427e",
        "sha256:" + String(repeating: "A", count: 64), "sha512:" + String(repeating: "a", count: 64),
    ])
    func `what is no digest is refused`(_ digest: String) throws {
        let content = randomBytes(10)
        let location = try client.startUpload(repository)
        expect(try client.finish(location, digest, body: content), 400, "DIGEST_INVALID")
        expect(try client.post("\(uploads)?digest=\(digest)", body: content), 400, "DIGEST_INVALID")
    }

    @Test func `PUT without a digest is refused`() throws {
        let location = try client.startUpload(repository)
        expect(try client.put(location, body: [1, 2, 3]), 400, "DIGEST_INVALID")
    }

    // MARK: Mounting

    @Test(arguments: [true, false])
    func `a blob of another repository is mounted, with its name or without`(_ isNamed: Bool) throws {
        let source = uniqueRepository()
        let content = randomBytes(2000)
        let digest = try client.pushBlob(content, to: source)
        let from = isNamed ? "&from=\(source)" : ""
        let response = try client.post("\(uploads)?mount=\(digest)\(from)")
        try expectStored(response, digest, content)

        expect(try client.delete("/v2/\(source)/blobs/\(digest)"), 202)
        expectSame(try client.pullBlob(digest, from: repository), content)
    }

    @Test func `a mount from a repository with slashes in its escaped name`() throws {
        let source = uniqueRepository("deep/down")
        let digest = try client.pushBlob(randomBytes(20), to: source)
        let response = try client.post("\(uploads)?mount=\(digest)&from=\(source.replacing("/", with: "%2F"))")
        expect(response, 201)
    }

    @Test func `what cannot be mounted opens an upload instead`() throws {
        let source = uniqueRepository()
        try client.pushBlob(randomBytes(20), to: source)
        let elsewhere = uniqueRepository()
        let content = randomBytes(20)
        let digest = try client.pushBlob(content, to: elsewhere)
        let unknown = sha256(randomBytes(20))
        let queries = [
            "mount=\(digest)&from=\(source)", "mount=\(digest)&from=\(uniqueRepository())",
            "mount=\(unknown)&from=\(source)", "mount=\(unknown)",
        ]
        for query in queries {
            let response = try client.post("\(uploads)?\(query)")
            expect(response, 202)
            let location = try #require(response.location)
            expect(try client.finish(location, digest, body: content), 201)
            expect(try client.delete("/v2/\(repository)/blobs/\(digest)"), 202)
        }
    }

    @Test func `a mount of what is no digest is refused, or opens an upload`() throws {
        let response = try client.post("\(uploads)?mount=sha256:abc&from=\(uniqueRepository())")
        #expect([202, 400].contains(response.status), "\(response)")
    }

    // MARK: Expect: 100-continue

    @Test func `a client that waits for 100 gets it, and sends its bytes then`() throws {
        let content = randomBytes(100_000)
        let digest = sha256(content)
        let location = try client.startUpload(repository)
        let connection = try HTTPConnection(port: client.port)
        let headers = [("Content-Length", "\(content.count)"), ("Expect", "100-continue")]
        try connection.sendHead("PUT", adding("digest=\(digest)", to: location), headers)
        #expect(try connection.readHead().status == 100)
        try connection.send(content)
        try expectStored(try connection.readResponse(to: "PUT"), digest, content)
    }

    @Test func `a client of HTTP/1.0 gets no 100, which it would not know`() throws {
        let content = randomBytes(1000)
        let connection = try HTTPConnection(port: Server.shared().port)
        try connection.send(
            "POST /v2/\(uniqueRepository())/blobs/uploads/?digest=\(sha256(content)) HTTP/1.0\r\n"
                + "Content-Type: application/octet-stream\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n")
        try connection.send(content)
        #expect(try connection.readHead().status == 201)
    }

    @Test func `a client that waits for 100 hears of a refusal instead`() throws {
        let connection = try HTTPConnection(port: client.port)
        let headers = [("Content-Length", "100000000"), ("Expect", "100-continue")]
        let target = "\(uploads)00000000-0000-4000-8000-000000000000?digest=\(sha256([]))"
        try connection.sendHead("PUT", target, headers)
        expect(try connection.readHead(), 404)
    }

    // MARK: Limits

    @Test func `a blob over the limit is refused, however it comes`() throws {
        let server = try Server(settings: ["limits.blob-size=1MiB"])
        let client = Client(server)
        let fitting = randomBytes(1 << 20)
        let tooMuch = fitting + [0]
        try client.pushBlob(fitting, to: repository)

        expect(try client.finish(client.startUpload(repository), sha256(tooMuch), body: tooMuch), 413)
        expect(try client.post("\(uploads)?digest=\(sha256(tooMuch))", body: tooMuch), 413)
        // Refused as soon as the length is known: nothing needs to be sent.
        let location = try client.startUpload(repository)
        let connection = try HTTPConnection(port: server.port)
        try connection.sendHead("PATCH", location, [("Content-Length", "1000000000000")])
        expect(try connection.readHead(), 413)
        // In pieces, and without a length.
        let next = try client.append(fitting, to: location)
        expect(try client.patch(next, body: [0]), 413)
        let streamed = try HTTPConnection(port: server.port)
        try streamed.sendHead("PATCH", try client.startUpload(repository), [("Transfer-Encoding", "chunked")])
        try? streamed.sendChunk(tooMuch)
        try? streamed.sendChunk([])
        expect(try streamed.readHead(), 413)
    }
}
