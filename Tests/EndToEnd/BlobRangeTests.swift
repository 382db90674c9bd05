import Testing

/// Range requests for blobs (RFC 9110, section 14).
struct BlobRangeTests {
    let client: Client
    let repository = uniqueRepository()
    let content = randomBytes(10_000)
    let digest: String
    var target: String { "/v2/\(repository)/blobs/\(digest)" }

    init() throws {
        client = Client(try Server.shared())
        digest = try client.pushBlob(content, to: repository)
    }

    private func get(_ range: String, _ more: [(String, String)] = []) throws -> HTTPResponse {
        try client.get(target, [("Range", range)] + more)
    }

    @Test(arguments: [
        ("bytes=0-0", 0..<1), ("bytes=0-", 0..<10_000), ("bytes=100-199", 100..<200), ("bytes=9999-", 9999..<10_000),
        ("bytes=9999-9999", 9999..<10_000), ("bytes=9990-20000", 9990..<10_000), ("bytes=-1", 9999..<10_000),
        ("bytes=-500", 9500..<10_000), ("bytes=-10000", 0..<10_000), ("bytes=-20000", 0..<10_000),
        ("bytes=0-9223372036854775807", 0..<10_000),
    ])
    func `a range gives these bytes alone`(_ range: String, _ expected: Range<Int>) throws {
        let response = try get(range)
        expect(response, 206)
        #expect(response["Content-Range"] == "bytes \(expected.lowerBound)-\(expected.upperBound - 1)/10000")
        #expect(response["Content-Length"] == "\(expected.count)")
        expectSame(response.body, Array(content[expected]))
        #expect(response["Content-Type"] == "application/octet-stream")
        #expect(response["Docker-Content-Digest"] == digest)
        #expect(response["ETag"] == "\"\(digest)\"")
    }

    @Test(arguments: ["bytes=10000-", "bytes=10000-10001", "bytes=20000-30000", "bytes=-0", "bytes=10000-,20000-"])
    func `a range beyond the end is refused with the length`(_ range: String) throws {
        let response = try get(range)
        expect(response, 416)
        #expect(response["Content-Range"] == "bytes */10000")
        // The refusal has ended properly: the connection goes on.
        expectSame(try get("bytes=0-0").body, [content[0]])
    }

    @Test(arguments: ["items=0-5", "seconds=1-2", "none"])
    func `a range in another unit is ignored`(_ range: String) throws {
        let response = try get(range)
        expect(response, 200)
        expectSame(response.body, content)
    }

    // RFC 9110, section 14.2: "MAY ignore or reject a Range header field that contains an invalid ranges-specifier".
    @Test(arguments: [
        "bytes=5-2", "bytes=abc", "bytes=", "bytes=-", "bytes=1-2-3", "bytes=0x1-5", "bytes 0-5", "bytes=+1-5",
        "bytes=1",
        "bytes=99999999999999999999999-", "bytes=--5",
    ])
    func `what is no range is ignored or refused`(_ range: String) throws {
        let response = try get(range)
        #expect([200, 400, 416].contains(response.status), "\(response)")
        if response.status == 200 { expectSame(response.body, content) }
    }

    @Test func `several ranges come as multipart`() throws {
        let response = try get("bytes=0-9, 100-199 ,-5")
        expect(response, 206)
        let parts = try multipart(response)
        #expect(parts.map(\.range) == [0..<10, 100..<200, 9995..<10_000])
        for part in parts {
            expectSame(part.bytes, Array(content[part.range]))
            #expect(part.type == "application/octet-stream")
        }
        #expect(response["Docker-Content-Digest"] == digest)
        #expect(response["Content-Range"] == nil)
    }

    @Test func `of several ranges those beyond the end are left out`() throws {
        let response = try get("bytes=0-9,20000-30000,50-59")
        expect(response, 206)
        #expect(try multipart(response).map(\.range) == [0..<10, 50..<60])
    }

    @Test func `one range left of several is a range or a single part`() throws {
        let response = try get("bytes=20000-30000,50-59")
        expect(response, 206)
        let expected = Array(content[50..<60])
        if response["Content-Range"] == "bytes 50-59/10000" {
            expectSame(response.body, expected)
        } else {
            #expect(try multipart(response).map(\.bytes) == [expected])
        }
    }

    @Test func `overlapping ranges cover what was asked for`() throws {
        let response = try get("bytes=0-99,50-149,50-149")
        expect(response, 200...206)
        var covered = Set<Int>()
        if response.status == 200 || response["Content-Range"] != nil {
            covered = Set(0..<150)
            #expect(response.body.starts(with: content[0..<150]))
        } else {
            for part in try multipart(response) {
                expectSame(part.bytes, Array(content[part.range]))
                covered.formUnion(part.range)
            }
        }
        #expect(covered.isSuperset(of: 0..<150))
    }

    @Test func `sixteen ranges are served, one more gives everything`() throws {
        let sixteen = (0..<16).map { "\($0 * 100)-\($0 * 100 + 9)" }
        let response = try get("bytes=" + sixteen.joined(separator: ","))
        expect(response, 206)
        #expect(try multipart(response).map(\.range) == (0..<16).map { $0 * 100..<$0 * 100 + 10 })

        let whole = try get("bytes=" + (sixteen + ["5000-5009"]).joined(separator: ","))
        expect(whole, 200)
        expectSame(whole.body, content)
    }

    @Test func `If-Range with the blob's tag gives the range, with any other the blob`() throws {
        expect(try get("bytes=0-9", [("If-Range", "\"\(digest)\"")]), 206)
        // Weak tags never match here (section 13.1.5), and there is no date to match.
        for value in ["\"\(sha256([1]))\"", "W/\"\(digest)\"", "Wed, 21 Oct 2026 07:28:00 GMT"] {
            let response = try get("bytes=0-9", [("If-Range", value)])
            expect(response, 200)
            expectSame(response.body, content)
        }
    }

    @Test func `If-Range with another tag hides an impossible range`() throws {
        expect(try get("bytes=20000-", [("If-Range", "\"other\"")]), 200)
    }

    @Test func `HEAD knows no ranges`() throws {
        // Section 14.2: "A server MUST ignore a Range header field received with a request method … for which range
        // handling is not defined", and it is for GET alone.
        let response = try client.head(target, [("Range", "bytes=0-9")])
        expect(response, 200)
        #expect(response["Content-Length"] == "10000")
    }

    @Test func `an empty blob has no ranges`() throws {
        let empty = "/v2/\(repository)/blobs/\(try client.pushBlob([], to: repository))"
        let response = try client.get(empty, [("Range", "bytes=0-")])
        expect(response, 416)
        #expect(response["Content-Range"] == "bytes */0")
        #expect([200, 416].contains(try client.get(empty, [("Range", "bytes=-5")]).status))
    }

    @Test func `an interrupted pull goes on by range`() throws {
        let large = randomBytes(3 << 20)
        let target = "/v2/\(repository)/blobs/\(try client.pushBlob(large, to: repository))"
        let connection = try HTTPConnection(port: client.port)
        try connection.sendHead("GET", target)
        let head = try connection.readHead()
        var got = try connection.read(1_000_000)
        connection.socket.reset()
        let rest = try client.get(target, [("Range", "bytes=\(got.count)-"), ("If-Range", head["ETag"] ?? "")])
        expect(rest, 206)
        got += rest.body
        expectSame(got, large)
    }
}
