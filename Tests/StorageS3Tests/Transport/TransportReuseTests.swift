import NIOCore
import RegistryCore
import Synchronization
import Testing

@testable import StorageS3

@Suite(.timeLimit(.minutes(2)))
struct TransportReuseTests {
    private func echoing() throws -> RawServer {
        try RawServer { peer, number in
            while true {
                let request = try peer.request()
                try peer.write(ok("\(number): \(request.body.count)"))
            }
        }
    }

    @Test func `a connection is used again`() async throws {
        let server = try echoing()
        let transport = try CurlTransport.make()
        for _ in 0..<20 {
            #expect(try await transport.fetch(TransportRequest("GET", server.url + "/")).body == Array("0: 0".utf8))
        }
        #expect(server.accepted == 1)
    }

    @Test func `a request that needs a fresh connection gets one`() async throws {
        let server = try echoing()
        let transport = try CurlTransport.make()
        let request = TransportRequest("POST", server.url + "/", needsFreshConnection: true)
        #expect(try await transport.fetch(request).body == Array("0: 0".utf8))
        #expect(try await transport.fetch(request).body == Array("1: 0".utf8))
    }

    @Test(arguments: ["GET", "PUT"])
    func `a request that can be sent again survives a dead connection`(_ method: String) async throws {
        let content = [UInt8].pattern(3 << 20)
        let bodies = Mutex<[Int]>([])
        let server = try RawServer { peer, number in
            _ = try peer.request()
            try peer.write(ok("x"))
            if number > 0 { return peer.readToEnd() }
            let head = try peer.head()
            bodies.withLock { $0.append(head.headers.count) }
            if method == "PUT" { _ = try peer.read(100_000) }
        }
        let transport = try CurlTransport.make()
        _ = try await transport.fetch(TransportRequest("GET", server.url + "/"))
        let body: TransportRequest.Body = method == "PUT" ? .buffers([ByteBuffer(bytes: content)]) : .none
        let error = await transport.failure(of: TransportRequest(method, server.url + "/", body: body))
        // curl sends it again where it reads the end; where writing fails first, the caller is told that it may.
        if let error {
            #expect(error.code == .connectionLost)
            #expect(error.reusedConnection && !error.responseBegan)
        }
        #expect(error == nil || method == "PUT")
        #expect(bodies.withLock { $0.count } == 1)
    }

    @Test func `says when a request went out again, as the server may have carried out both`() async throws {
        let server = try RawServer { peer, number in
            _ = try peer.request()
            try peer.write(ok("x"))
            _ = try peer.request()
            if number > 0 { try peer.write(ok("y")) }
        }
        let transport = try CurlTransport.make()
        let first = try await transport.send(TransportRequest("POST", server.url + "/"))
        _ = try await first.body.collect(upTo: 100)
        #expect(!first.wasResent)
        // The new connection serves this one first: the server of the test does not look at what it answers.
        let second = try await transport.send(TransportRequest("POST", server.url + "/"))
        #expect(second.wasResent)
    }

    @Test func `a stream that was begun on a dead connection is not sent again`() async throws {
        let isDead = Flag()
        let server = try RawServer { peer, number in
            _ = try peer.request()
            try peer.write(ok("first"))
            _ = try peer.head()
            _ = try peer.read(1000)
            peer.reset()
            isDead.raise()
        }
        let transport = try CurlTransport.make()
        _ = try await transport.fetch(TransportRequest("GET", server.url + "/"))
        let count = PulledCount()
        let stream = AsyncThrowingStream<ByteBuffer, any Error> {
            if count.count > 0 { await isDead.wait() }
            count.add()
            return count.count > 2 ? nil : ByteBuffer(repeating: 7, count: 100_000)
        }
        let request = TransportRequest("PUT", server.url + "/", body: .stream(stream, length: 200_000))
        let error = await transport.failure(of: request)
        #expect(error?.code == .connectionLost)
        #expect(error?.reusedConnection == true, "\(String(describing: error))")
        #expect(error?.responseBegan == false)
    }

    @Test func `a lost connection that was new is not called reused`() async throws {
        let server = try RawServer { peer, _ in _ = try peer.request() }
        let error = await (try CurlTransport.make()).failure(of: TransportRequest("GET", server.url + "/"))
        #expect(error?.code == .connectionLost)
        #expect(error?.reusedConnection == false)
        #expect(error?.responseBegan == false)
    }

    @Test func `a hundred requests at once`() async throws {
        let server = try echoing()
        let transport = try CurlTransport.make { $0.threads = 2 }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for count in 0..<100 {
                group.addTask {
                    let body = TransportRequest.Body.buffers([ByteBuffer(bytes: [UInt8].pattern(count * 1000))])
                    let answer = try await transport.fetch(TransportRequest("PUT", server.url + "/", body: body))
                    return String(decoding: answer.body, as: UTF8.self).hasSuffix(": \(count * 1000)")
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }

    @Test func `no more connections than allowed; the others wait for their turn`() async throws {
        let server = try echoing()
        let transport = try CurlTransport.make { $0.connectionsPerHost = 4 }
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<100 {
                group.addTask { try await transport.fetch(TransportRequest("GET", server.url + "/")).status }
            }
            for try await status in group { #expect(status == 200) }
        }
        #expect(server.accepted <= 4)
    }

    @Test func `waiting for a turn ends with the deadline, or with the task`() async throws {
        let server = try RawServer { peer, _ in
            _ = try peer.request()
            peer.readToEnd()
        }
        let transport = try CurlTransport.make { $0.connectionsPerHost = 1 }
        let first = Task { await transport.failure(of: TransportRequest("GET", server.url + "/")) }
        await eventually { server.accepted == 1 }
        let late = TransportRequest("GET", server.url + "/", deadline: .milliseconds(50))
        #expect(await transport.failure(of: late)?.code == .deadline)
        let second = Task { await transport.failure(of: TransportRequest("GET", server.url + "/")) }
        second.cancel()
        #expect(await second.value?.code == .cancelled)
        first.cancel()
        #expect(await first.value?.code == .cancelled)
        #expect(server.accepted == 1)
    }
}
