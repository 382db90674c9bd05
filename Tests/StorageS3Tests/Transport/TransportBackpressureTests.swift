import NIOCore
import RegistryCore
import Synchronization
import Testing

@testable import StorageS3

@Suite(.timeLimit(.minutes(2)))
struct TransportBackpressureTests {
    private static let size = 64 << 20

    /// A server with 64 MiB to give. `blocked` is raised when the client takes no more of it.
    private func server(_ blocked: Flag, _ given: Atomic64) throws -> RawServer {
        let content = [UInt8](repeating: 7, count: Self.size)
        return try RawServer { peer, _ in
            _ = try peer.request()
            try peer.write("HTTP/1.1 200 OK\r\nContent-Length: \(Self.size)\r\n\r\n")
            try peer.write(content) { count in
                given.set(count)
                blocked.raise()
            }
            peer.readToEnd()
        }
    }

    @Test func `a reader that stops leaves the rest at the server, is not a stall, and goes on`() async throws {
        let blocked = Flag()
        let given = Atomic64()
        let server = try server(blocked, given)
        let transport = try CurlTransport.make { $0.connectTimeout = .milliseconds(200) }
        let request = TransportRequest("GET", server.url + "/", stallTimeout: .milliseconds(100))
        var count = 0
        for try await chunk in try await transport.send(request).body {
            count += chunk.readableBytes
            if !blocked.isUp {
                await blocked.wait()
                // Two sockets' buffers, and some 700 KiB of ours.
                #expect(given.value < 32 << 20)
            }
        }
        #expect(count == Self.size)
    }

    @Test func `a body that nobody reads can be let go of`() async throws {
        let blocked = Flag()
        let server = try server(blocked, Atomic64())
        let transport = try CurlTransport.make()
        weak var exchange: Exchange?
        do {
            let response = try await transport.send(TransportRequest("GET", server.url + "/"))
            exchange = response.body.exchange
            await blocked.wait()
            let (waiting, isHeld) = response.body.exchange.state.withLock { ($0.waiting, $0.isHeld) }
            #expect(isHeld)
            #expect((256 << 10...1 << 20).contains(waiting))
        }
        await eventually { exchange == nil }
    }
}

/// A number that a server's thread sets.
final class Atomic64: Sendable {
    private let storage = Atomic(0)
    var value: Int { storage.load(ordering: .acquiring) }
    func set(_ value: Int) { storage.store(value, ordering: .releasing) }
}
