import Testing

/// Blobs pushed in pieces: POST, any number of PATCHes, PUT (OCI distribution specification, "Pushing a blob in
/// chunks").
struct ChunkedPushTests {
    let client: Client
    let repository = uniqueRepository()

    init() throws {
        client = Client(try Server.shared())
    }

    private func expectStored(_ content: [UInt8], by response: HTTPResponse) throws {
        expect(response, 201)
        expectSame(try client.pullBlob(sha256(content), from: repository), content)
    }

    @Test func `one PATCH with a length and no range`() throws {
        let content = randomBytes(2_500_000)
        let location = try client.append(content, to: client.startUpload(repository))
        try expectStored(content, by: client.finish(location, sha256(content)))
    }

    @Test(arguments: [1, 1000, 70_000, 5_000_000])
    func `one PATCH streamed without a length`(_ size: Int) throws {
        let content = randomBytes(size)
        let connection = try HTTPConnection(port: client.port)
        try connection.sendHead("PATCH", client.startUpload(repository), [("Transfer-Encoding", "chunked")])
        for start in stride(from: 0, to: size, by: 33_000) {
            try connection.sendChunk(Array(content[start..<min(start + 33_000, size)]))
        }
        try connection.sendChunk([])
        let response = try connection.readResponse(to: "PATCH")
        expect(response, 202)
        #expect(response["Range"] == "0-\(size - 1)")
        try expectStored(content, by: client.finish(try #require(response.location), sha256(content)))
    }

    @Test func `the closing PUT may be streamed without a length, too`() throws {
        let content = randomBytes(200_000)
        let location = try client.append(Array(content[..<50_000]), to: client.startUpload(repository))
        let connection = try HTTPConnection(port: client.port)
        let target = adding("digest=\(sha256(content))", to: location)
        try connection.sendHead("PUT", target, [("Transfer-Encoding", "chunked")])
        try connection.sendChunk(Array(content[50_000..<120_000]))
        try connection.sendChunk(Array(content[120_000...]))
        try connection.sendChunk([])
        try expectStored(content, by: connection.readResponse(to: "PUT"))
    }

    @Test(arguments: [(10, 1), (10_000, 3), (1 << 20, 5), (4 << 20, 2)])
    func `chunks with their ranges, the last by PATCH`(_ size: Int, _ count: Int) throws {
        let content = randomBytes(size * count)
        var location = try client.startUpload(repository)
        for index in 0..<count {
            let start = index * size
            let headers = [("Content-Range", "\(start)-\(start + size - 1)")]
            let response = try client.patch(location, headers, body: Array(content[start..<start + size]))
            expect(response, 202)
            #expect(response["Range"] == "0-\(start + size - 1)")
            #expect(response["Content-Length"] == "0")
            location = try #require(response.location)
        }
        try expectStored(content, by: client.finish(location, sha256(content)))
    }

    @Test func `the last chunk may come with the PUT`() throws {
        let content = randomBytes(3000)
        var location = try client.startUpload(repository)
        location = try client.append(Array(content[..<1000]), to: location, at: 0)
        location = try client.append(Array(content[1000..<2000]), to: location, at: 1000)
        let target = adding("digest=\(sha256(content))", to: location)
        let last = try client.put(target, [("Content-Range", "2000-2999")], body: Array(content[2000...]))
        try expectStored(content, by: last)
    }

    @Test func `chunks of one byte`() throws {
        let content = randomBytes(60)
        var location = try client.startUpload(repository)
        for (offset, byte) in content.enumerated() {
            location = try client.append([byte], to: location, at: offset)
        }
        try expectStored(content, by: client.finish(location, sha256(content)))
    }

    @Test func `chunks with ranges and chunks without may take turns`() throws {
        let content = randomBytes(90_000)
        var location = try client.startUpload(repository)
        location = try client.append(Array(content[..<10_000]), to: location, at: 0)
        location = try client.append(Array(content[10_000..<50_000]), to: location)
        location = try client.append(Array(content[50_000...]), to: location, at: 50_000)
        try expectStored(content, by: client.finish(location, sha256(content)))
    }

    // MARK: Refusals

    @Test(arguments: [500, 999, 1001, 2000])
    func `a chunk that does not begin where the last one ended is 416`(_ start: Int) throws {
        let content = randomBytes(2000)
        let first = Array(content[..<1000])
        let location = try client.append(first, to: client.startUpload(repository), at: 0)
        let headers = [("Content-Range", "\(start)-\(start + 99)")]
        for method in ["PATCH", "PUT"] {
            let target = method == "PUT" ? adding("digest=\(sha256(content))", to: location) : location
            let refused = try client.request(method, target, headers, body: randomBytes(100))
            expect(refused, 416)
            #expect(refused["Range"] == "0-999", "\(refused)")
            #expect(refused.location != nil)
        }
        // The session has taken no harm.
        let next = try client.append(Array(content[1000...]), to: location, at: 1000)
        try expectStored(content, by: client.finish(next, sha256(content)))
    }

    @Test func `a first chunk that does not begin at 0 is 416`() throws {
        let location = try client.startUpload(repository)
        expect(try client.patch(location, [("Content-Range", "1-10")], body: randomBytes(10)), 416)
        let content = randomBytes(10)
        let next = try client.append(content, to: location, at: 0)
        try expectStored(content, by: client.finish(next, sha256(content)))
    }

    @Test(arguments: [("0-9", 11), ("0-9", 9), ("0-999", 10)])
    func `a length that differs from the range is refused`(_ range: String, _ length: Int) throws {
        let location = try client.startUpload(repository)
        let response = try client.patch(location, [("Content-Range", range)], body: randomBytes(length))
        expect(response, 400, "SIZE_INVALID")
        let content = randomBytes(10)
        let next = try client.append(content, to: location, at: 0)
        try expectStored(content, by: client.finish(next, sha256(content)))
    }

    @Test func `a streamed chunk that differs from its range is refused`() throws {
        for size in [5, 15] {
            let connection = try HTTPConnection(port: client.port)
            let headers = [("Transfer-Encoding", "chunked"), ("Content-Range", "0-9")]
            try connection.sendHead("PATCH", client.startUpload(repository), headers)
            try connection.sendChunk(randomBytes(size))
            try connection.sendChunk([])
            expect(try connection.readResponse(to: "PATCH"), 400, "SIZE_INVALID")
        }
    }

    @Test(arguments: ["abc", "5", "10-5", "-5", "0-", "1-2-3", "0-99999999999999999999999", "a-b"])
    func `what is no range is refused`(_ range: String) throws {
        let location = try client.startUpload(repository)
        expect(try client.patch(location, [("Content-Range", range)], body: randomBytes(6)), 400...416)
        let content = randomBytes(10)
        let next = try client.append(content, to: location, at: 0)
        try expectStored(content, by: client.finish(next, sha256(content)))
    }

    @Test func `the wrong digest is refused, and the session is gone`() throws {
        let content = randomBytes(100_000)
        let location = try client.append(content, to: client.startUpload(repository), at: 0)
        expect(try client.finish(location, sha256([1])), 400, "DIGEST_INVALID")
        expect(try client.get(location), 404, "BLOB_UPLOAD_UNKNOWN")
        expect(try client.head("/v2/\(repository)/blobs/\(sha256(content))"), 404)
    }
}
