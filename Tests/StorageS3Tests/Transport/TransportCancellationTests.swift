import NIOCore
import RegistryCore
import Testing

@testable import StorageS3

@Suite(.timeLimit(.minutes(2)))
struct TransportCancellationTests {
    /// A server that raises `hasGone` when its client has hung up, after it has sent `text`.
    private func server(_ text: String = "", _ hasRequest: Flag, _ hasGone: Flag) throws -> RawServer {
        try RawServer { peer, _ in
            _ = try peer.head()
            try peer.write(text)
            hasRequest.raise()
            peer.readToEnd()
            hasGone.raise()
        }
    }

    private let hasRequest = Flag()
    private let hasGone = Flag()
    private let begun = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegun"

    @Test func `a cancelled task sends nothing`() async throws {
        let server = try server("", hasRequest, hasGone)
        let transport = try CurlTransport.make()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await transport.failure(of: TransportRequest("GET", server.url + "/"))
        }
        #expect(await task.value?.code == .cancelled)
        #expect(server.accepted == 0)
    }

    @Test(arguments: [false, true])
    func `cancelling while the answer is awaited hangs up`(_ sends: Bool) async throws {
        let server = try server("", hasRequest, hasGone)
        let transport = try CurlTransport.make()
        let stream = AsyncThrowingStream<ByteBuffer, any Error> { _ in }
        let body: TransportRequest.Body = sends ? .stream(stream, length: 10) : .none
        let task = Task { await transport.failure(of: TransportRequest("PUT", server.url + "/", body: body)) }
        await hasRequest.wait()
        task.cancel()
        #expect(await task.value?.code == .cancelled)
        await hasGone.wait()
    }

    @Test func `cancelling while the body is awaited hangs up`() async throws {
        let server = try server(begun, hasRequest, hasGone)
        let transport = try CurlTransport.make()
        let hasBody = Flag()
        let task = Task { () -> TransportError? in
            do {
                for try await _ in try await transport.send(TransportRequest("GET", server.url + "/")).body {
                    hasBody.raise()
                }
                return nil
            } catch { return error as? TransportError }
        }
        await hasBody.wait()
        task.cancel()
        #expect(await task.value?.code == .cancelled)
        await hasGone.wait()
    }

    @Test func `cancelling between two chunks shows at the next`() async throws {
        let server = try server(begun, hasRequest, hasGone)
        let transport = try CurlTransport.make()
        let task = Task { () -> TransportError? in
            do {
                for try await _ in try await transport.send(TransportRequest("GET", server.url + "/")).body {
                    withUnsafeCurrentTask { $0?.cancel() }
                }
                return nil
            } catch { return error as? TransportError }
        }
        #expect(await task.value?.code == .cancelled)
        await hasGone.wait()
    }

    @Test func `letting go of the body hangs up`() async throws {
        let server = try server(begun, hasRequest, hasGone)
        let transport = try CurlTransport.make()
        #expect(try await transport.send(TransportRequest("GET", server.url + "/")).status == 200)
        await hasGone.wait()
    }

    @Test func `letting go of a body that has come in full keeps the connection`() async throws {
        let server = try RawServer { peer, _ in
            while true {
                _ = try peer.request()
                try peer.write(ok("hello"))
            }
        }
        let transport = try CurlTransport.make()
        for _ in 0..<10 {
            let response = try await transport.send(TransportRequest("GET", server.url + "/"))
            await eventually { response.body.exchange.state.withLock { $0.end != nil } }
        }
        #expect(server.accepted == 1)
    }

    @Test func `cancelling after the end does nothing`() async throws {
        let server = try server(ok("hello"), hasRequest, hasGone)
        let transport = try CurlTransport.make()
        let task = Task { try await transport.fetch(TransportRequest("GET", server.url + "/")).body }
        #expect(try await task.value == Array("hello".utf8))
        task.cancel()
        #expect(!hasGone.isUp)
    }

    @Test func `shutting down ends what is under way, and what comes later`() async throws {
        let server = try server(begun, hasRequest, hasGone)
        let transport = try CurlTransport.make()
        let response = try await transport.send(TransportRequest("GET", server.url + "/"))
        let sending = Task { await transport.failure(of: TransportRequest("GET", server.url + "/")) }
        await eventually { server.accepted == 2 }
        transport.shutdown()
        let error = await #expect(throws: TransportError.self) { try await response.body.collect(upTo: 10_000) }
        #expect(error?.code == .shutDown)
        #expect(await sending.value?.code == .shutDown)
        await hasGone.wait()
        #expect(await transport.failure(of: TransportRequest("GET", server.url + "/"))?.code == .shutDown)
    }

    @Test func `a transport that nobody has any more shuts down`() async throws {
        let server = try server(begun, hasRequest, hasGone)
        let body = try await CurlTransport.make().send(TransportRequest("GET", server.url + "/")).body
        let error = await #expect(throws: TransportError.self) { try await body.collect(upTo: 10_000) }
        #expect(error?.code == .shutDown)
    }

    @Test func `cancelling a hundred transfers at any moment leaves nothing behind`() async throws {
        let server = try RawServer { peer, _ in
            while true {
                _ = try peer.request()
                try peer.write(ok(String(repeating: "x", count: 100_000)))
            }
        }
        let transport = try CurlTransport.make { $0.connectionsPerHost = 8 }
        for round in 0..<100 {
            let task = Task { await transport.failure(of: TransportRequest("GET", server.url + "/"))?.code }
            for _ in 0..<round * 5 { await Task.yield() }
            task.cancel()
            #expect([nil, .cancelled].contains(await task.value))
        }
        await eventually { transport.load == 0 }
        #expect(try await transport.fetch(TransportRequest("GET", server.url + "/")).body.count == 100_000)
    }
}
