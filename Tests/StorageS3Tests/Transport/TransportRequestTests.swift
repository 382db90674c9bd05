import NIOCore
import RegistryCore
import Synchronization
import Testing

@testable import StorageS3

@Suite(.timeLimit(.minutes(2)))
struct TransportRequestTests {
    /// What arrives at the server.
    private func arriving(_ request: (String) -> TransportRequest) async throws -> Peer.Request {
        let arrived = Mutex<Peer.Request?>(nil)
        let server = try RawServer { peer, _ in
            while true {
                let request = try peer.request()
                arrived.withLock { $0 = request }
                try peer.write(ok())
            }
        }
        _ = try await CurlTransport.make().fetch(request(server.url))
        return try #require(arrived.withLock { $0 })
    }

    @Test func `nothing is sent that was not asked for`() async throws {
        let request = try await arriving {
            TransportRequest("GET", "\($0)/bucket", headers: ["Host": "s3.test", "b": "1"])
        }
        #expect(request.line == "GET /bucket HTTP/1.1")
        #expect(request.headers == ["Host: s3.test", "b: 1"])
    }

    @Test(arguments: [
        "/a/../b/./c//d", "/b/%2F%2f%7E~%20+/?x=%2f&y&z=", "/b/?list-type=2&prefix=a%2Fb&&", "/b/k!$'()*,;=:@?a=b?c/d",
    ])
    func `the target goes out as it was given`(_ target: String) async throws {
        let request = try await arriving { TransportRequest("GET", $0 + target) }
        #expect(request.line == "GET \(target) HTTP/1.1")
    }

    @Test func `headers keep their order, their repetitions and their empty values`() async throws {
        let headers: TransportHeaders = [
            "x-z": "1", "Host": "h", "x-a": "2", "x-z": "3", "x-empty": "", "User-Agent": "me",
        ]
        let request = try await arriving { TransportRequest("DELETE", $0 + "/", headers: headers) }
        #expect(request.line == "DELETE / HTTP/1.1")
        #expect(request.headers.first == "Host: h")
        #expect(request.headers.dropFirst() == ["x-z: 1", "x-a: 2", "x-z: 3", "x-empty:", "User-Agent: me"])
    }

    @Test(arguments: ["PUT", "POST", "PATCH"])
    func `a method with content but no body says that its length is 0`(_ method: String) async throws {
        let request = try await arriving { TransportRequest(method, $0 + "/", headers: ["Host": "h"]) }
        #expect(request.line == "\(method) / HTTP/1.1")
        #expect(request.headers == ["Host: h", "Content-Length: 0"])
    }

    @Test func `a body goes with any method`() async throws {
        let body = TransportRequest.Body.buffers([
            ByteBuffer(string: "<Delete>"), ByteBuffer(), ByteBuffer(string: "…"),
        ])
        let request = try await arriving {
            TransportRequest("POST", $0 + "/?delete", headers: ["Host": "h"], body: body)
        }
        #expect(request.headers == ["Host: h", "Content-Length: 11"])
        #expect(request.body == Array("<Delete>…".utf8))
    }

    @Test func `one request leaves nothing behind for the next`() async throws {
        let lines = Mutex<[[String]]>([])
        let server = try RawServer { peer, _ in
            while true {
                let request = try peer.request()
                lines.withLock { $0.append([request.line] + request.headers) }
                try peer.write(
                    request.line.hasPrefix("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n" : ok("1234567"))
            }
        }
        let transport = try CurlTransport.make()
        for method in ["DELETE", "GET", "HEAD", "GET", "POST", "PUT", "GET"] {
            let headers: TransportHeaders = ["Host": "h", "x-method": method]
            _ = try await transport.fetch(TransportRequest(method, server.url + "/", headers: headers))
        }
        let expected = ["DELETE", "GET", "HEAD", "GET", "POST", "PUT", "GET"].map { method in
            ["\(method) / HTTP/1.1", "Host: h", "x-method: \(method)"]
                + (method.hasPrefix("P") ? ["Content-Length: 0"] : [])
        }
        #expect(lines.withLock { $0 } == expected)
        #expect(server.accepted == 1)
    }

    @Test(arguments: [
        TransportRequest("GET", "http://127.0.0.1:1/a b"),
        TransportRequest("GET /x", "http://127.0.0.1:1/"),
        TransportRequest("GET", "http://127.0.0.1:1/", headers: ["a": "b\r\nc: d"]),
        TransportRequest("GET", "http://127.0.0.1:1/", headers: ["a\r\nb": "c"]),
        TransportRequest("GET", "http://127.0.0.1:1/", headers: ["a:b": "c"]),
        TransportRequest("PUT", "http://127.0.0.1:1/", headers: ["content-length": "3"]),
        TransportRequest("PUT", "http://127.0.0.1:1/", headers: ["Transfer-Encoding": "chunked"]),
        TransportRequest("GET", "file:///etc/passwd"),
        TransportRequest("GET", "ftp://127.0.0.1:1/"),
        TransportRequest("GET", "http://127.0.0.1:99999/"),
        TransportRequest("GET", "nonsense:"),
    ])
    func `what is no request is not sent`(_ request: TransportRequest) async throws {
        let error = await (try CurlTransport.make()).failure(of: request)
        #expect(error?.code == .invalidRequest)
    }

    @Test func `messages do not show the query`() async throws {
        let port = try DeadPort()
        let request = TransportRequest("GET", port.url + "/b/k?X-Amz-Signature=secret")
        let error = try #require(await CurlTransport.make().failure(of: request))
        _ = port
        #expect(error.description.contains("/b/k: "))
        #expect(!error.description.contains("secret"))
    }
}
