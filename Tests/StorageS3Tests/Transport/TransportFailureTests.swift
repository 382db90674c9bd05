import Glibc
import NIOCore
import Testing

@testable import StorageS3

@Suite(.timeLimit(.minutes(2)))
struct TransportFailureTests {
    /// What becomes of a request to a server that does this.
    private func failure(
        _ method: String = "GET",
        body: TransportRequest.Body = .none,
        stall: Duration? = nil,
        deadline: Duration? = nil,
        _ serve: @escaping @Sendable (Peer) throws -> Void
    ) async throws -> TransportError? {
        let server = try RawServer { peer, _ in try serve(peer) }
        let request = TransportRequest(method, server.url + "/k", body: body, stallTimeout: stall, deadline: deadline)
        return await (try CurlTransport.make()).failure(of: request)
    }

    @Test func `nobody listens`() async throws {
        let port = try DeadPort()
        let error = try #require(await CurlTransport.make().failure(of: TransportRequest("GET", port.url + "/k")))
        _ = port
        #expect(error.code == .couldNotConnect)
        #expect(error.message.contains("GET http://127.0.0.1:"))
    }

    @Test func `a name that does not exist`() async throws {
        let error = await (try CurlTransport.make()).failure(of: TransportRequest("GET", "http://nowhere.invalid/k"))
        #expect(error?.code == .couldNotResolve)
    }

    @Test func `a reset before the answer`() async throws {
        let error = try await failure { peer in
            _ = try peer.request()
            peer.reset()
        }
        #expect(error?.code == .connectionLost)
        #expect(error?.responseBegan == false)
    }

    @Test func `a reset in the headers`() async throws {
        let error = try await failure { peer in
            _ = try peer.request()
            try peer.write("HTTP/1.1 200 OK\r\nContent-Le")
            peer.reset()
        }
        #expect(error?.code == .connectionLost)
    }

    @Test func `the end in the headers`() async throws {
        let error = try await failure { peer in
            _ = try peer.request()
            try peer.write("HTTP/1.1 200 OK\r\nx-a: 1\r\nContent-Le")
        }
        #expect([.connectionLost, .malformedResponse].contains(error?.code))
        #expect(error?.responseBegan == true)
    }

    @Test(arguments: [true, false])
    func `the connection goes in the middle of the body`(_ isReset: Bool) async throws {
        let isRead = Flag()
        let server = try RawServer { peer, _ in
            _ = try peer.request()
            try peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + String(repeating: "x", count: 400))
            isRead.block()
            if isReset { peer.reset() }
        }
        let transport = try CurlTransport.make()
        let response = try await transport.send(TransportRequest("GET", server.url + "/"))
        var count = 0
        let error = await #expect(throws: TransportError.self) {
            for try await chunk in response.body {
                count += chunk.readableBytes
                if count == 400 { isRead.raise() }
            }
        }
        #expect(error?.code == .connectionLost)
        #expect(error?.receivedBytes == 400)
        #expect(error?.responseBegan == true)
        #expect(count == 400)
    }

    @Test func `a chunked body without its end`() async throws {
        let error = try await failure { peer in
            _ = try peer.request()
            try peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nWiki\r\n5\r\nped")
        }
        #expect(error?.code == .connectionLost)
        #expect(error?.receivedBytes == 7)
    }

    @Test func `a reset in the middle of an upload`() async throws {
        let body = TransportRequest.Body.buffers([ByteBuffer(repeating: 1, count: 32 << 20)])
        let error = try await failure("PUT", body: body) { peer in
            _ = try peer.head()
            _ = try peer.read(1 << 20)
            peer.reset()
        }
        #expect(error?.code == .connectionLost)
        #expect(error?.responseBegan == false)
        #expect((error?.sentBytes ?? 0) >= 1 << 20)
    }

    @Test(arguments: [
        "NOT HTTP AT ALL\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: no name\r\nContent-Length: 0\r\n\r\n",
    ])
    func `what is no response`(_ text: String) async throws {
        let error = try await failure { peer in
            _ = try peer.request()
            try peer.write(text)
        }
        #expect(error?.code == .malformedResponse)
    }

    @Test(arguments: [(1, 70_000), (1, 200_000), (1000, 100), (100_000, 100)])
    func `huge heads are refused`(_ lines: Int, _ length: Int) async throws {
        let error = try await failure { peer in
            _ = try peer.request()
            try peer.write("HTTP/1.1 200 OK\r\n")
            for _ in 0..<lines { try peer.write("x-a: " + String(repeating: "x", count: length) + "\r\n") }
            try peer.write("Content-Length: 0\r\n\r\n")
            peer.readToEnd()
        }
        #expect(error?.code == .malformedResponse, "\(String(describing: error))")
    }

    @Test func `interim responses without end are refused`() async throws {
        let error = try await failure { peer in
            _ = try peer.request()
            while true { try peer.write("HTTP/1.1 100 Continue\r\n\r\n") }
        }
        #expect(error?.code == .malformedResponse)
    }

    @Test func `a server that takes the request and never answers`() async throws {
        let error = try await failure(stall: .milliseconds(50)) { $0.readToEnd() }
        #expect(error?.code == .stalled)
        #expect(error?.responseBegan == false)
    }

    @Test func `a server that stops taking the body`() async throws {
        let isOver = Flag()
        let body = TransportRequest.Body.buffers([ByteBuffer(repeating: 1, count: 64 << 20)])
        let error = try await failure("PUT", body: body, stall: .milliseconds(50)) { peer in
            _ = try peer.head()
            isOver.block()
        }
        isOver.raise()
        #expect(error?.code == .stalled)
        #expect((error?.sentBytes ?? 0) > 0)
    }

    @Test func `a server that stops in the middle of the body`() async throws {
        let error = try await failure(stall: .milliseconds(50)) { peer in
            _ = try peer.request()
            try peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + String(repeating: "x", count: 400))
            peer.readToEnd()
        }
        #expect(error?.code == .stalled)
        #expect(error?.receivedBytes == 400)
    }

    @Test func `a deadline ends what is not stalled`() async throws {
        let error = try await failure(stall: .seconds(60), deadline: .milliseconds(100)) { peer in
            _ = try peer.request()
            try peer.write("HTTP/1.1 200 OK\r\n\r\n")
            while true {
                try peer.write("x")
                sched_yield()
            }
        }
        #expect(error?.code == .deadline)
    }

    @Test func `a handshake that does not come counts as connecting`() async throws {
        let server = try RawServer { peer, _ in peer.readToEnd() }
        let transport = try CurlTransport.make { $0.connectTimeout = .milliseconds(50) }
        let error = await transport.failure(of: TransportRequest("GET", "https://127.0.0.1:\(server.port)/"))
        #expect(error?.code == .timedOutConnecting)
    }

    @Test func `a server that speaks no TLS`() async throws {
        let server = try RawServer { peer, _ in
            try peer.write("HTTP/1.1 400 Bad Request\r\n\r\n")
            peer.readToEnd()
        }
        let request = TransportRequest("GET", "https://127.0.0.1:\(server.port)/")
        #expect(await (try CurlTransport.make()).failure(of: request)?.code == .tls)
    }
}
