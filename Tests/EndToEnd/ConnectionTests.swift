import Glibc
import Testing

/// What a connection is used for and how it ends: keep-alive, pipelining, limits. Malformed requests are in
/// `FramingTests`.
struct ConnectionTests {
    @Test func `one connection serves many requests`() throws {
        let server = try Server.shared()
        let repository = uniqueRepository()
        let manifest = try Client(server).pushImage(to: repository, as: "latest")
        let connection = try HTTPConnection(port: server.port)
        for _ in 0..<200 {
            try connection.sendHead("GET", "/v2/\(repository)/manifests/latest")
            expectSame(try connection.readResponse(to: "GET").body, manifest.content)
        }
    }

    @Test func `pipelined requests of all kinds are answered in order`() throws {
        let server = try Server.shared()
        let client = Client(server)
        let repository = uniqueRepository()
        let manifest = try client.pushImage(to: repository, as: "latest")
        let blob = randomBytes(400_000)
        let digest = try client.pushBlob(blob, to: repository)
        let location = try client.startUpload(repository)
        let pushed = randomBytes(150_000)
        let length = [("Content-Length", "\(pushed.count)")]
        let base = "/v2/\(repository)"
        let steps: [(method: String, target: String, headers: [(String, String)], body: [UInt8], status: Int)] = [
            ("GET", "/v2/", [], [], 200),
            ("GET", "\(base)/blobs/\(digest)", [], [], 200),
            ("HEAD", "\(base)/blobs/\(digest)", [], [], 200),
            ("GET", "\(base)/manifests/unknown", [], [], 404),
            ("PATCH", location, length, pushed, 202),
            ("GET", location, [], [], 204),
            ("PUT", adding("digest=\(sha256(pushed))", to: location), [("Content-Length", "0")], [], 201),
            ("GET", "\(base)/blobs/\(sha256(pushed))", [("Range", "bytes=5-9")], [], 206),
            ("GET", "\(base)/manifests/latest", [("If-None-Match", "\"\(manifest.digest)\"")], [], 304),
            ("DELETE", "/v2/", [], [], 405),
            ("POST", "\(base)/blobs/uploads/?digest=\(sha256(pushed))", length, pushed, 201),
            ("GET", "\(base)/tags/list", [], [], 200),
            ("GET", "\(base)/manifests/latest", [], [], 200),
        ]
        let requests = steps.flatMap { Array(HTTPConnection.head($0.method, $0.target, $0.headers).utf8) + $0.body }
        let connection = try HTTPConnection(port: server.port)
        for _ in 0..<3 where try client.get(location).status == 204 {
            try connection.send(requests)
            for step in steps {
                let response = try connection.readResponse(to: step.method)
                #expect(response.status == step.status, "\(step.method) \(step.target): \(response)")
                if step.target.hasSuffix(digest), step.method == "GET" { expectSame(response.body, blob) }
                if step.status == 206 { expectSame(response.body, Array(pushed[5...9])) }
            }
        }
    }

    @Test func `many small pipelined requests are answered in order`() throws {
        let server = try Server.shared()
        let client = Client(server)
        let repository = uniqueRepository()
        let manifests = try (0..<10).map { try client.pushImage(to: repository, as: "t\($0)") }
        let connection = try HTTPConnection(port: server.port)
        let text = (0..<500).map { HTTPConnection.head("GET", "/v2/\(repository)/manifests/t\($0 % 10)") }.joined()
        try connection.send(text)
        for index in 0..<500 {
            expectSame(try connection.readResponse(to: "GET").body, manifests[index % 10].content)
        }
    }

    @Test func `a request may come byte by byte`() throws {
        let connection = try HTTPConnection(port: Server.shared().port)
        for byte in HTTPConnection.head("GET", "/v2/").utf8 { try connection.send([byte]) }
        expect(try connection.readResponse(to: "GET"), 200)
    }

    @Test func `a client that shuts down its side still gets its answer`() throws {
        let connection = try HTTPConnection(port: Server.shared().port)
        try connection.sendHead("GET", "/v2/")
        connection.socket.finishSending()
        expect(try connection.readResponse(to: "GET"), 200)
        #expect(try connection.isClosedByServer())
    }

    @Test(arguments: [false, true])
    func `HTTP 1.0 and Connection: close end the connection after the answer`(_ isOld: Bool) throws {
        let connection = try HTTPConnection(port: Server.shared().port)
        try connection.send(
            isOld ? "GET /v2/ HTTP/1.0\r\n\r\n" : "GET /v2/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        expect(try connection.readResponse(to: "GET"), 200)
        #expect(try connection.isClosedByServer())
    }

    @Test func `HTTP 1.0 with keep-alive goes on where the server says so`() throws {
        let connection = try HTTPConnection(port: Server.shared().port)
        try connection.send("GET /v2/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        let response = try connection.readResponse(to: "GET")
        expect(response, 200)
        if response["Connection"]?.lowercased() != "keep-alive" { #expect(try connection.isClosedByServer()) }
    }

    // MARK: Limits

    @Test(arguments: ["one long field", "many fields", "a long target"])
    func `a head without end is refused`(_ kind: String) throws {
        let server = try Server.shared()
        let connection = try HTTPConnection(port: server.port)
        let flood =
            switch kind {
            case "one long field":
                "GET /v2/ HTTP/1.1\r\nHost: localhost\r\nX: " + String(repeating: "x", count: 4 << 20)
            case "many fields":
                "GET /v2/ HTTP/1.1\r\nHost: localhost\r\n" + String(repeating: "X-A: bcdefgh\r\n", count: 300_000)
            default: "GET /v2/" + String(repeating: "x", count: 4 << 20)
            }
        try connection.expectRefusal(of: Array(flood.utf8), [400, 414, 431])
        expect(try Client(server).get("/v2/"), 200)
    }

    @Test func `a head that does not come to its end is given up`() throws {
        let server = try Server(settings: ["limits.header-timeout=1s"])
        for start in ["G", "GET /v2/ HTTP/1.1\r\n", "GET /v2/ HTTP/1.1\r\nHost: localhost\r\nX-A: "] {
            let connection = try HTTPConnection(port: server.port)
            try connection.expectRefusal(of: Array(start.utf8), [408])
        }
    }

    @Test func `a connection on which nothing happens is closed`() throws {
        let server = try Server(settings: ["limits.idle-timeout=1s"])
        let unused = try HTTPConnection(port: server.port)
        let used = try HTTPConnection(port: server.port)
        try used.sendHead("GET", "/v2/")
        expect(try used.readResponse(to: "GET"), 200)
        #expect(try unused.isClosedByServer())
        #expect(try used.isClosedByServer())
    }

    @Test func `a client that stops in the middle of a chunk is given up, and what it sent is kept`() throws {
        let server = try Server(settings: ["limits.idle-timeout=1s"])
        let client = Client(server)
        let content = randomBytes(500_000)
        let location = try client.startUpload("a")
        let connection = try HTTPConnection(port: server.port)
        try connection.sendHead("PATCH", location, [("Content-Length", "\(content.count)")])
        try connection.expectRefusal(of: Array(content[..<200_000]), [408])
        try client.goOn(with: content, at: location)
        expect(try client.finish(location, sha256(content)), 201)
    }

    @Test func `there are as many connections as the limit says`() throws {
        let server = try Server(settings: ["limits.connections=10"])
        var open: [HTTPConnection] = []
        for _ in 0..<10 {
            let connection = try HTTPConnection(port: server.port)
            try connection.sendHead("GET", "/v2/")
            expect(try connection.readResponse(to: "GET"), 200)
            open.append(connection)
        }
        let oneTooMany = try HTTPConnection(port: server.port)
        try oneTooMany.expectRefusal(of: Array(HTTPConnection.head("GET", "/v2/").utf8), [503])
        // The ten are not disturbed, and the eleventh gets a place when one goes.
        try open[9].sendHead("GET", "/v2/")
        expect(try open[9].readResponse(to: "GET"), 200)
        open[0].socket.close()
        try eventually("that a place is free") {
            (try? Client(port: server.port).get("/v2/").status) == 200
        }
    }

    @Test func `an answer that nobody reads does not hold up others`() throws {
        let server = try Server.shared()
        let client = Client(server)
        let repository = uniqueRepository()
        let manifest = try client.pushImage(to: repository, as: "latest")
        let blob = randomBytes(16 << 20)
        let digest = try client.pushBlob(blob, to: repository)
        let stalled = try (0..<16).map { _ in
            let connection = try HTTPConnection(port: server.port)
            connection.socket.limitReceiveBuffer(to: 16 << 10)
            try connection.sendHead("GET", "/v2/\(repository)/blobs/\(digest)")
            _ = try connection.readHead()
            return connection
        }
        for _ in 0..<50 {
            expectSame(try Client(server).get("/v2/\(repository)/manifests/latest").body, manifest.content)
            #expect(try Client(server).head("/v2/\(repository)/blobs/\(digest)").status == 200)
        }
        expectSame(try client.pullBlob(digest, from: repository), blob)
        expectSame(try stalled[0].read(blob.count), blob)
    }
}

extension HTTPConnection {
    /// Sends what the server is not going to put up with, and expects one of these statuses or a closed connection, and
    /// the connection closed after that.
    func expectRefusal(
        of bytes: [UInt8],
        _ statuses: Set<Int>,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        do {
            // It may be closed while this is being sent.
            try? send(bytes)
            let response = try readHead()
            #expect(statuses.contains(response.status), "\(response)", sourceLocation: sourceLocation)
            let rest = String(decoding: try readToEnd(), as: UTF8.self)
            #expect(!rest.contains("HTTP/1.1 "), "there was a second answer: \(rest)", sourceLocation: sourceLocation)
        } catch is ConnectionClosed {
        } catch let error as SystemError where error.code == ECONNRESET || error.code == EPIPE {
        }
    }
}
