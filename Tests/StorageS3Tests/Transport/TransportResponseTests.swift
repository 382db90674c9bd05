import NIOCore
import Testing

@testable import StorageS3

@Suite(.timeLimit(.minutes(2)))
struct TransportResponseTests {
    private func answer(_ text: String, to method: String = "GET") async throws -> (TransportResponse, String) {
        let server = try RawServer { peer, _ in
            _ = try peer.request()
            try peer.write(text)
            if !text.contains("\r\nConnection: close") { peer.readToEnd() }
        }
        let response = try await CurlTransport.shared.send(TransportRequest(method, server.url + "/"))
        return (response, String(buffer: try await response.body.collect(upTo: 1 << 20)))
    }

    @Test func `status, headers and body`() async throws {
        let (response, body) = try await answer(ok("hello", "ETag: \"x\"", "x-a: 1", "X-A:  2 ", "x-folded: a", "\t b"))
        #expect(response.status == 200)
        #expect(response.headers["etag"] == "\"x\"")
        #expect(response.headers.all("X-a") == ["1", "2"])
        #expect(response.headers["x-folded"] == "a b")
        #expect(body == "hello")
    }

    @Test(arguments: [
        "4\r\nWiki\r\n5;x=y\r\npedia\r\n0\r\n\r\n",
        "9\r\nWikipedia\r\n0\r\nx-trailer: 1\r\n\r\n",
    ])
    func `a chunked body is one body`(_ body: String) async throws {
        let (response, text) = try await answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
        #expect(text == "Wikipedia")
        #expect(!response.headers.contains("x-trailer"))
    }

    @Test func `a body without a length ends with the connection`() async throws {
        let (response, text) = try await answer("HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nhello")
        #expect(response.status == 200)
        #expect(text == "hello")
    }

    @Test(arguments: [("HEAD", 200), ("GET", 204), ("GET", 304)])
    func `some responses have no body, whatever their length says`(_ method: String, _ status: Int) async throws {
        let length = status == 204 ? "" : "Content-Length: 1000\r\n"
        let (response, text) = try await answer("HTTP/1.1 \(status) X\r\n\(length)\r\n", to: method)
        #expect(response.status == status)
        #expect(response.headers["Content-Length"] == (status == 204 ? nil : "1000"))
        #expect(text == "")
    }

    @Test func `interim responses are skipped`() async throws {
        let interim = "HTTP/1.1 100 Continue\r\nx-a: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        let (response, text) = try await answer(interim + ok("hello", "x-b: 2"))
        #expect(response.status == 200)
        #expect(!response.headers.contains("x-a") && !response.headers.contains("Link"))
        #expect(response.headers["x-b"] == "2")
        #expect(text == "hello")
    }

    @Test(arguments: [301, 307, 400, 401, 403, 404, 416, 500, 503])
    func `every status is a response like another`(_ status: Int) async throws {
        let headers = "Location: http://127.0.0.1:1/\r\nContent-Length: 3\r\nWWW-Authenticate: Basic\r\n"
        let (response, text) = try await answer("HTTP/1.1 \(status) X\r\n\(headers)\r\nwhy")
        #expect(response.status == status)
        #expect(text == "why")
    }

    @Test func `encoded content stays as it is`() async throws {
        let (_, text) = try await answer(ok("not gzip", "Content-Encoding: gzip"))
        #expect(text == "not gzip")
    }

    @Test func `collecting more than it may is an error`() async throws {
        let server = try RawServer { peer, _ in
            _ = try peer.request()
            try peer.write(ok(String(repeating: "x", count: 100_000)))
            peer.readToEnd()
        }
        let response = try await CurlTransport.shared.send(TransportRequest("GET", server.url + "/"))
        let error = await #expect(throws: TransportError.self) { try await response.body.collect(upTo: 99_999) }
        #expect(error?.code == .tooLarge)
    }

    @Test(arguments: [1, 16 << 10, 256 << 10, 1 << 20, (5 << 20) + 1])
    func `large bodies come whole, in buffers of a bounded size`(_ count: Int) async throws {
        let content = [UInt8].pattern(count)
        let server = try RawServer { peer, _ in
            _ = try peer.request()
            try peer.write("HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n\r\n")
            try peer.write(content)
            peer.readToEnd()
        }
        var got: [UInt8] = []
        for try await chunk in try await CurlTransport.shared.send(TransportRequest("GET", server.url + "/")).body {
            #expect(chunk.capacity <= TransportConfiguration().chunkSize)
            got += chunk.readableBytesView
        }
        #expect(got == content)
    }

    @Test func `a body that trickles does not fill large buffers with little`() async throws {
        let server = try RawServer { peer, _ in
            _ = try peer.request()
            try peer.write("HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n")
            for _ in 0..<2000 { try peer.write("0123456789") }
            peer.readToEnd()
        }
        let response = try await CurlTransport.shared.send(TransportRequest("GET", server.url + "/"))
        var count = 0
        for try await chunk in response.body { count += chunk.readableBytes }
        #expect(count == 20000)
    }
}

extension CurlTransport {
    /// Both threads of it are used by many tests at once.
    static var shared: CurlTransport {
        get throws { try sharedResult.get() }
    }

    private static let sharedResult = Result { try make { $0.threads = 2 } }
}
