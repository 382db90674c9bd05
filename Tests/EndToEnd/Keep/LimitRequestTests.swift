import Foundation
import Testing

/// Requests that are slow, overlong, or to be read in two ways, beside those of `ConnectionTests`, `FramingTests` and
/// `NameTests`.
struct LimitRequestTests {
    /// Sends `bytes` one by one, each when nothing has been heard for a moment: whether the server had enough before it had
    /// all.
    private func trickle(_ bytes: some Sequence<UInt8>, on connection: HTTPConnection) throws -> Bool {
        for byte in bytes {
            if try connection.socket.isReadable(within: 20) { return true }
            do { try connection.send([byte]) } catch is SystemError { return true }
        }
        return false
    }

    @Test func `a head that comes a byte at a time is given up`() throws {
        let server = try Server(settings: ["limits.header-timeout=1s"])
        let connection = try HTTPConnection(port: server.port)
        try connection.send("GET /v2/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        #expect(try trickle(repeatElement(UInt8(ascii: "x"), count: 3000), on: connection))
        expect(try connection.readHead(), 408)
    }

    @Test func `a handshake that comes a byte at a time is given up`() throws {
        let directory = try TemporaryDirectory()
        let certificate = try Certificate(in: directory)
        let server = try Server(settings: [
            "http.tls.certificate=\(certificate.certificate)", "http.tls.key=\(certificate.key)",
            "limits.header-timeout=1s",
        ])
        let connection = try HTTPConnection(port: server.port)
        // The beginning of a record that says it has 16,000 bytes.
        let record: [UInt8] = [0x16, 3, 1, 0x3e, 0x80, 1, 0, 0x3e, 0x7c, 3, 3]
        #expect(try trickle(record + [UInt8](repeating: 0, count: 3000), on: connection))
        #expect(try connection.isClosedByServer())
    }

    @Test func `a body that comes a byte at a time holds up nobody but itself`() throws {
        let server = try Server(settings: ["limits.idle-timeout=1s", "limits.header-timeout=1s"])
        let client = Client(server)
        let content = randomBytes(100)
        let location = try client.startUpload("a")
        let connection = try HTTPConnection(port: server.port)
        try connection.sendHead("PATCH", location, [("Content-Length", "\(content.count)")])
        // Slower than a head may be, and never idle.
        #expect(try !trickle(content.dropLast(), on: connection))
        expect(try client.get("/v2/"), 200)
        try connection.send([content[99]])
        expect(try connection.readResponse(to: "PATCH"), 202)
        expect(try client.finish(location, sha256(content)), 201)
    }

    @Test(arguments: [
        "a/manifests/" + String(repeating: "t", count: 129), "a/manifests/" + String(repeating: "t", count: 6000),
        "a/manifests/a%00b", "a/manifests/a%2fb", "a/manifests/%2e%2e",
        "a/manifests/sha256:" + String(repeating: "0", count: 65),
        "a/manifests/sha256:" + String(repeating: "0", count: 6000), "a/manifests/sha256%3A%00",
        "a/blobs/sha256:" + String(repeating: "0", count: 63) + "%00",
        "a/blobs/sha512:" + String(repeating: "0", count: 64),
        "a/blobs/sha256:..%2f..%2f..%2fetc%2fpasswd", "a/blobs/uploads/%00", "a/blobs/uploads/..",
        "a/blobs/uploads/" + String(repeating: "4", count: 6000), "a%2fb/tags/list", "a%2Fmanifests%2Fb/tags/list",
        "%2e%2e/tags/list", "a/../../etc/tags/list", "a%00/tags/list", "a/tags/list%00", "a/tags%2flist",
        "a/referrers/sha256:" + String(repeating: "g", count: 64), String(repeating: "a/", count: 3000) + "tags/list",
        "a/tags/list?n=99999999999999999999", "a/tags/list?n=-1", "a/tags/list?n=%00", "_catalog?n=1e9",
        "a/blobs/uploads/?digest=%00", "a/tags/list?last=" + String(repeating: "x", count: 6000) + "&n=x",
    ])
    func `a path that is none, or is too long, is a mistake of the client's`(_ path: String) throws {
        let client = Client(try Server.shared())
        for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH", "POST"] {
            let response = try client.request(method, "/v2/" + path, [("Content-Type", MediaType.image)])
            #expect((400...431).contains(response.status), "\(method) \(path.prefix(100)): \(response)")
        }
    }

    /// One of them is answered, or none; never a second one that hid in the first.
    @Test(arguments: [
        // Bare line feeds (RFC 9112, section 2.2) in the head and around chunks.
        "POST /v2/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /v2/ HTTP/1.1\r\nHost: localhost\r\nX: y\n\nGET /v2/_catalog HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "PATCH {} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n",
        "PATCH {} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\r\n\r\n",
        "PATCH {} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\nb\r\nhello\r\n0\r\n\r\n",
        // Chunk sizes that come to 5 when 64 bits overflow, or with something before or behind them.
        "PATCH {} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello\r\n0\r\n\r\n",
        "PATCH {} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n",
        "PATCH {} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n 5\r\nhello\r\n0\r\n\r\n",
        "PATCH {} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5_0\r\nhello\r\n0\r\n\r\n",
        // Lengths that some look past.
        "POST /v2/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "POST /v2/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n Content-Length: 5\r\n\r\n0\r\n\r\n",
        "POST /v2/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n",
        "POST /v2/ HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    ])
    func `a request that others may read in another way is refused`(_ text: String) throws {
        let server = try Server.shared()
        let location = try Client(server).startUpload(uniqueRepository())
        let request = text.replacingOccurrences(of: "{}", with: location)
        let connection = try HTTPConnection(port: server.port)
        try connection.expectRefusal(of: Array((request + FramingTests.hidden).utf8), [400, 405, 501])
        // Whole chunks that came before are kept, as ever.
        expect(try Client(server).get(location), 204)
    }

    @Test func `extensions of chunks have an end`() throws {
        let server = try Server.shared()
        let client = Client(server)
        let location = try client.startUpload(uniqueRepository())
        let connection = try HTTPConnection(port: server.port)
        try connection.sendHead("PATCH", location, [("Transfer-Encoding", "chunked")])
        try? connection.send("5;a=" + String(repeating: "x", count: 8 << 20) + "\r\nhello\r\n0\r\n\r\n")
        let before = try server.residentMemory()
        let status = try? connection.readResponse(to: "PATCH").status
        #expect([nil, 202, 400].contains(status))
        #expect(try server.residentMemory() - before < 8 << 20)
    }

    @Test func `trailers have an end`() throws {
        let server = try Server.shared()
        let client = Client(server)
        let location = try client.startUpload(uniqueRepository())
        let connection = try HTTPConnection(port: server.port)
        try connection.sendHead("PATCH", location, [("Transfer-Encoding", "chunked")])
        let trailers = String(repeating: "X-Trailer: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", count: 200_000)
        try connection.expectRefusal(of: Array(("5\r\nhello\r\n0\r\n" + trailers + "\r\n").utf8), [202, 400, 431])
        expect(try client.get("/v2/"), 200)
    }
}
