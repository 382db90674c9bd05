import Testing

/// Blobs named by SHA-512, however the registry comes to know of it.
struct SHA512Tests {
    let client: Client
    let repository = uniqueRepository()
    var uploads: String { "/v2/\(repository)/blobs/uploads/" }

    init() throws {
        client = Client(try Server.shared())
    }

    enum Way: CaseIterable {
        case singlePOST, closingPUT
        case announcedChunk, announcedChunks
        case unannouncedChunk, unannouncedChunks, unannouncedLastChunk
    }

    private func push(_ content: [UInt8], as digest: String, _ way: Way) throws -> HTTPResponse {
        if way == .singlePOST { return try client.post("\(uploads)?digest=\(digest)", body: content) }
        let isAnnounced = way == .announcedChunk || way == .announcedChunks
        var location = try client.startUpload(repository, query: isAnnounced ? "?digest-algorithm=sha512" : "")
        if way == .closingPUT { return try client.finish(location, digest, body: content) }
        if way == .announcedChunk || way == .unannouncedChunk {
            return try client.finish(client.append(content, to: location), digest)
        }
        let middle = content.count / 2
        location = try client.append(Array(content[..<middle]), to: location, at: 0)
        if way == .unannouncedLastChunk { return try client.finish(location, digest, body: Array(content[middle...])) }
        return try client.finish(client.append(Array(content[middle...]), to: location, at: middle), digest)
    }

    @Test(arguments: Way.allCases, [3, 50_000, 2 << 20])
    func `is pushed and pulled`(_ way: Way, _ size: Int) throws {
        let content = randomBytes(size)
        let digest = sha512(content)
        let response = try push(content, as: digest, way)
        expect(response, 201)
        #expect(response["Docker-Content-Digest"] == digest)
        let pulled = try client.get("/v2/\(repository)/blobs/\(digest)")
        expectSame(pulled.body, content)
        #expect(pulled["Docker-Content-Digest"] == digest)
    }

    @Test(arguments: Way.allCases)
    func `is refused when it is wrong`(_ way: Way) throws {
        let digest = sha512(randomBytes(10))
        expect(try push(randomBytes(50_000), as: digest, way), 400, "DIGEST_INVALID")
        expect(try client.head("/v2/\(repository)/blobs/\(digest)"), 404)
    }

    @Test func `an announced algorithm does not bind`() throws {
        let content = randomBytes(10_000)
        let location = try client.startUpload(repository, query: "?digest-algorithm=sha512")
        expect(try client.finish(client.append(content, to: location), sha256(content)), 201)
        expectSame(try client.pullBlob(sha256(content), from: repository), content)
    }

    @Test func `is mounted`() throws {
        let content = randomBytes(100)
        let source = uniqueRepository()
        try client.pushBlob(content, to: source, digest: sha512(content))
        expect(try client.post("\(uploads)?mount=\(sha512(content))&from=\(source)"), 201)
        expectSame(try client.pullBlob(sha512(content), from: repository), content)
    }

    @Test(arguments: ["md5", "sha1", "", "SHA256"])
    func `an unknown algorithm is refused`(_ algorithm: String) throws {
        expect(try client.post("\(uploads)?digest-algorithm=\(algorithm)"), 400, "DIGEST_INVALID")
    }
}
