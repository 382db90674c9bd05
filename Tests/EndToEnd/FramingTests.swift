import Testing

/// Requests whose end can be read in two ways. Whoever is in front of a server may read them in the other, so they are
/// refused (RFC 9112, sections 2.2, 3, 5.1, 6.3 and 11.2: request smuggling).
struct FramingTests {
    let server: Server
    /// What an attacker would have the server take for a second request.
    static let hidden = "GET /v2/_catalog HTTP/1.1\r\nHost: localhost\r\n\r\n"

    init() throws {
        server = try Server.shared()
    }

    private func expectRefused(_ request: String, _ statuses: Set<Int> = [400, 501]) throws {
        let connection = try HTTPConnection(port: server.port)
        try connection.expectRefusal(of: Array((request + Self.hidden).utf8), statuses)
    }

    @Test(arguments: [
        "Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6", "Content-Length: 5, 6", "Content-Length: +5", "Content-Length: -1",
        "Content-Length: 0x5", "Content-Length: 5 5", "Content-Length: five", "Content-Length:",
        "Content-Length: 99999999999999999999999", "Transfer-Encoding: xchunked", "Transfer-Encoding: gzip",
        "Transfer-Encoding: chunked, identity", "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: identity",
        "Transfer-Encoding:\u{b}chunked", "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    ])
    func `a body whose length is not clear is refused`(_ fields: String) throws {
        let body = "0\r\n\r\n"
        try expectRefused("POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n\r\n\(body)")
    }

    @Test(arguments: [
        "Content-Length : 5", " Content-Length: 5", "X: y\r\n folded: 5", "No colon", ": no name",
        "Content-Length\t: 5",
        "X-\u{0}: y", "X: a\u{0}b", "Na me: x", "X: a\rb",
    ])
    func `a field that is none is refused`(_ field: String) throws {
        try expectRefused("GET /v2/ HTTP/1.1\r\nHost: localhost\r\n\(field)\r\n\r\n")
    }

    @Test(arguments: [
        "GET /v2/", "/v2/ HTTP/1.1", "GET /v2/ HTTP/1.1 x", "GET /v2/ HTTP/3.7", "GET /v2/ HTTQ/1.1",
        "GET /v2/ x HTTP/1.1", "\u{16}\u{3}\u{1}", "G\u{0}T /v2/ HTTP/1.1", "get{} /v2/ HTTP/1.1",
        "PRI * HTTP/2.0\r\n\r\nSM",
    ])
    func `a request line that is none is refused`(_ line: String) throws {
        try expectRefused("\(line)\r\nHost: localhost\r\n\r\n", [400, 404, 405, 501, 505])
    }

    @Test(arguments: [
        "x\r\n", "-1\r\n", "0x5\r\nhello\r\n0\r\n\r\n", "5\r\nhello!!0\r\n\r\n", "5 \u{0}\r\nhello\r\n0\r\n\r\n",
        "fffffffffffffffffffff\r\n", "5\r\nhelloX\r\n0\r\n\r\n",
    ])
    func `a chunk that is none ends the connection, and nothing of it is stored`(_ chunks: String) throws {
        let client = Client(server)
        let location = try client.startUpload(uniqueRepository())
        let head = HTTPConnection.head("PATCH", location, [("Transfer-Encoding", "chunked")])
        let connection = try HTTPConnection(port: server.port)
        try connection.expectRefusal(of: Array((head + chunks + Self.hidden).utf8), [400])
    }

    // RFC 9112, section 3.2: "A server MUST respond with a 400 … to any HTTP/1.1 request message that lacks a Host
    // header field and to any request message that contains more than one".
    @Test(arguments: ["", "Host: a\r\nHost: b\r\n"])
    func `a request has one host`(_ fields: String) throws {
        let connection = try HTTPConnection(port: server.port)
        try connection.send("GET /v2/ HTTP/1.1\r\n\(fields)\r\n")
        expect(try connection.readHead(), 400)
    }

    @Test func `bytes after the announced body are the next request, and refused if they are none`() throws {
        let client = Client(server)
        let repository = uniqueRepository()
        let location = try client.startUpload(repository)
        let connection = try HTTPConnection(port: server.port)
        try connection.send(HTTPConnection.head("PATCH", location, [("Content-Length", "5")]) + "helloWORLD\r\n\r\n")
        expect(try connection.readResponse(to: "PATCH"), 202)
        try connection.expectRefusal(of: [], [400, 405, 501])
        expect(try client.finish(location, sha256(Array("hello".utf8))), 201)
    }

    @Test func `a body that nobody asked for is passed over`() throws {
        let connection = try HTTPConnection(port: server.port)
        for _ in 0..<3 {
            try connection.send(HTTPConnection.head("GET", "/v2/", [("Content-Length", "5")]) + "hello")
            expect(try connection.readResponse(to: "GET"), 200)
        }
    }

    @Test func `a refused request's body does not become the next request`() throws {
        let connection = try HTTPConnection(port: server.port)
        let body = Self.hidden
        let head = HTTPConnection.head("PUT", "/v2/UPPER/manifests/x", [("Content-Length", "\(body.utf8.count)")])
        try connection.send(head + body)
        expect(try connection.readResponse(to: "PUT"), 400, "NAME_INVALID")
        if let next = try? {
            try connection.sendHead("GET", "/v2/"); return try connection.readResponse(to: "GET")
        }() {
            #expect(next["Docker-Distribution-API-Version"] == "registry/2.0")
            #expect(!next.text.contains("repositories"))
        }
    }

    @Test func `chunk extensions and trailers are passed over`() throws {
        let client = Client(server)
        let location = try client.startUpload(uniqueRepository())
        let connection = try HTTPConnection(port: server.port)
        try connection.sendHead("PATCH", location, [("Transfer-Encoding", "chunked")])
        try connection.send("5;name=value\r\nhello\r\n0\r\nX-Trailer: x\r\n\r\n")
        expect(try connection.readResponse(to: "PATCH"), 202)
        expect(try client.finish(location, sha256(Array("hello".utf8))), 201)
    }

    @Test func `a target may be a whole URL`() throws {
        // RFC 9112, section 3.2.2: "a server MUST accept the absolute-form in requests".
        let connection = try HTTPConnection(port: server.port)
        try connection.sendHead("GET", "http://localhost/v2/")
        expect(try connection.readResponse(to: "GET"), 200)
    }

    @Test func `empty lines before a request are passed over`() throws {
        let connection = try HTTPConnection(port: server.port)
        try connection.send("\r\n\r\n" + HTTPConnection.head("GET", "/v2/"))
        expect(try connection.readResponse(to: "GET"), 200)
    }
}
