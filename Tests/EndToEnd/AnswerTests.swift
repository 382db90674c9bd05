import Glibc
import Testing

/// Answers reach their clients whole, slow ones too, and cost the server no more than the client takes.
struct AnswerTests {
    /// A manifest of just under 4 MiB: larger than what the kernel's buffers between server and client take.
    private func pushLargeManifest(_ client: Client, _ repository: String) throws -> Manifest {
        let padding = String(repeating: "x", count: 4_190_000)
        let text = #"{"manifests":[],"annotations":{"padding":"\#(padding)"}}"#
        let manifest = Manifest(MediaType.index, text)
        try client.pushManifest(manifest, to: repository, as: "large")
        return manifest
    }

    @Test(arguments: [
        "GET /v2/NAME/manifests/large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET /v2/NAME/manifests/large HTTP/1.0\r\n\r\n",
    ])
    func `an answer is whole although the connection closes after it`(_ request: String) throws {
        let server = try Server.shared()
        let repository = uniqueRepository()
        let manifest = try pushLargeManifest(Client(server), repository)
        let connection = try HTTPConnection(port: server.port)
        connection.socket.limitReceiveBuffer(to: 16 << 10)
        try connection.send(request.replacing("NAME", with: repository))
        // Somebody else is answered meanwhile: the server is past the moment at which it might have closed.
        for _ in 0..<20 { expect(try Client(server).get("/v2/"), 200) }
        expectSame(try connection.readResponse(to: "GET").body, manifest.content)
        #expect(try connection.isClosedByServer())
    }

    @Test func `a client that asks and asks and never reads costs one answer`() throws {
        let server = try Server()
        let client = Client(server)
        let repository = uniqueRepository()
        _ = try pushLargeManifest(client, repository)
        let before = try server.residentMemory()
        let connection = try HTTPConnection(port: server.port)
        connection.socket.limitReceiveBuffer(to: 16 << 10)
        let request = HTTPConnection.head("GET", "/v2/\(repository)/manifests/large")
        try connection.send(String(repeating: request, count: 200))
        for _ in 0..<200 { expect(try client.get("/v2/\(repository)/manifests/unknown"), 404) }
        #expect(try server.residentMemory() - before < 60 << 20)
    }

    @Test func `after a request that asks for an upgrade the connection says that it closes`() throws {
        let connection = try HTTPConnection(port: Server.shared().port)
        try connection.sendHead("GET", "/v2/", [("Connection", "Upgrade"), ("Upgrade", "h2c")])
        let response = try connection.readResponse(to: "GET")
        expect(response, 200)
        #expect(response["Connection"] == "close")
        #expect(try connection.isClosedByServer())
    }

    @Test func `requests sent before the client shut down its side are all answered`() throws {
        let connection = try HTTPConnection(port: Server.shared().port)
        try connection.send(String(repeating: HTTPConnection.head("GET", "/v2/"), count: 40))
        connection.socket.finishSending()
        for _ in 0..<40 { expect(try connection.readResponse(to: "GET"), 200) }
        #expect(try connection.isClosedByServer())
    }

    @Test func `what is not HTTP behind a pull does not cut the pull`() throws {
        let server = try Server.shared()
        let repository = uniqueRepository()
        let blob = randomBytes(8 << 20)
        let digest = try Client(server).pushBlob(blob, to: repository)
        let connection = try HTTPConnection(port: server.port)
        try connection.send(
            HTTPConnection.head("GET", "/v2/\(repository)/blobs/\(digest)") + "\u{1}\u{2}\u{3} garbage\r\n\r\n")
        expectSame(try connection.readResponse(to: "GET").body, blob)
    }

    @Test(arguments: ["text/html\\r\\nX-Evil: yes", "text", "a b/c", "text/ä", "/", ""])
    func `a media type that is none never becomes a header`(_ type: String) throws {
        let client = Client(try Server.shared())
        let repository = uniqueRepository()
        let body = Array(#"{"mediaType":"\#(type)"}"#.utf8)
        let pushed = try client.put("/v2/\(repository)/manifests/evil", [], body: body)
        if type.isEmpty {
            // As good as none at all.
            expect(pushed, 201)
        } else {
            expect(pushed, 400, "MANIFEST_INVALID")
        }
        #expect(try client.get("/v2/\(repository)/manifests/evil")["X-Evil"] == nil)
    }

    @Test func `a media type comes back as it was pushed`() throws {
        let client = Client(try Server.shared())
        let repository = uniqueRepository()
        let manifest = Manifest(
            "application/vnd.Example.Thing+json", #"{"mediaType":"application/vnd.Example.Thing+json"}"#)
        try client.pushManifest(manifest, to: repository, as: "thing")
        #expect(
            try client.get("/v2/\(repository)/manifests/thing")["Content-Type"] == "application/vnd.Example.Thing+json")
    }

    @Test func `a length beyond all bounds is refused, and nobody else notices`() throws {
        let server = try Server.shared()
        let client = Client(server)
        let location = try client.startUpload(uniqueRepository())
        let next = try client.append([1], to: location)
        for method in ["PATCH", "PUT"] {
            let connection = try HTTPConnection(port: server.port)
            let target = method == "PUT" ? adding("digest=\(sha256([1]))", to: next) : next
            try connection.sendHead(method, target, [("Content-Length", "9223372036854775807")])
            expect(try connection.readResponse(to: method), 413)
        }
        expect(try client.get(next), 204)
    }

    @Test func `what is not there has the same answer, whether its name could be or not`() throws {
        let client = Client(try Server.shared())
        let repository = uniqueRepository()
        _ = try client.pushImage(to: repository, as: "latest")
        for name in ["unknown", ".INVALID", "-x"] {
            expect(try client.get("/v2/\(repository)/manifests/\(name)"), 404, "MANIFEST_UNKNOWN")
            expect(try client.head("/v2/\(repository)/manifests/\(name)"), 404)
        }
        expect(try client.get("/v2x/\(repository)/manifests/latest"), 404)
    }

    @Test func `lists answer HEAD, and refusals are not sniffed`() throws {
        let server = try Server.shared()
        let client = Client(server)
        let repository = uniqueRepository()
        let manifest = try client.pushImage(to: repository, as: "latest")
        for path in ["/v2/\(repository)/tags/list", "/v2/_catalog", "/v2/\(repository)/referrers/\(manifest.digest)"] {
            let response = try client.head(path)
            expect(response, 200)
            #expect(response.body.isEmpty)
        }
        let connection = try HTTPConnection(port: server.port)
        try connection.send("GET /v2/ HTTP/1.1\r\n\r\n")
        let refused = try connection.readResponse(to: "GET")
        expect(refused, 400)
        #expect(refused["X-Content-Type-Options"] == "nosniff")
    }

    @Test func `a conditional push happens only if its condition holds`() throws {
        let client = Client(try Server.shared())
        let repository = uniqueRepository()
        let first = try client.pushImage(to: repository, as: "first")
        let second = try client.pushImage(to: repository, as: "second")
        func push(_ manifest: Manifest, _ header: String, _ value: String) throws -> Int {
            let headers = [("Content-Type", manifest.mediaType), (header, value)]
            return try client.put("/v2/\(repository)/manifests/tag", headers, body: manifest.content).status
        }
        #expect(try push(first, "If-Match", "*") == 412)
        #expect(try push(first, "If-None-Match", "*") == 201)
        #expect(try push(second, "If-None-Match", "*") == 412)
        #expect(try push(second, "If-Match", "\"\(second.digest)\"") == 412)
        expectSame(try client.get("/v2/\(repository)/manifests/tag").body, first.content)
        #expect(try push(second, "If-Match", "\"\(second.digest)\", \"\(first.digest)\"") == 201)
        expectSame(try client.get("/v2/\(repository)/manifests/tag").body, second.content)
        #expect(try push(first, "If-None-Match", "\"\(second.digest)\"") == 412)
    }
}
