import NIOCore
import RegistryCore
import Synchronization
import Testing

@testable import StorageS3

/// Slow readers, and those who wait.
@Suite(.timeLimit(.minutes(2)))
struct TransportTurnTests {
    private static let size = 64 << 20

    /// What the server was asked for.
    private let asked = Paths()
    /// The client takes no more of `/large`.
    private let blocked = Flag()
    /// The rest of `/halting` may go.
    private let goesOn = Flag()

    private func server() throws -> RawServer {
        try RawServer { [asked, blocked, goesOn] peer, _ in
            while true {
                let path = try peer.request().line.split(separator: " ")[1]
                asked.add(String(path))
                switch path {
                case "/large":
                    try peer.write("HTTP/1.1 200 OK\r\nContent-Length: \(Self.size)\r\n\r\n")
                    try peer.write([UInt8](repeating: 7, count: Self.size)) { _ in blocked.raise() }
                case "/halting":
                    try peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nx")
                    goesOn.block()
                    try peer.write("y")
                case "/failing":
                    try peer.write("HTTP/1.1 503 Slow Down\r\nContent-Length: 2\r\n\r\nx")
                    peer.readToEnd()
                case "/never": peer.readToEnd()
                default: try peer.write(ok("x"))
                }
            }
        }
    }

    @Test(arguments: [true, false])
    func `a slow reader keeps nobody waiting, and gives his turn back once`(_ readsOn: Bool) async throws {
        let server = try server()
        let transport = try CurlTransport.make { $0.connectionsPerHost = 1 }
        do {
            let response = try await transport.send(TransportRequest("GET", server.url + "/large"))
            await blocked.wait()
            let other = TransportRequest("GET", server.url + "/small", deadline: .seconds(60))
            #expect(await transport.failure(of: other) == nil)
            if readsOn { #expect(try await response.body.collect(upTo: Self.size).readableBytes == Self.size) }
        }
        await eventually { transport.load == 0 }

        let first = Task { await transport.failure(of: TransportRequest("GET", server.url + "/never")) }
        await eventually { asked.all.contains("/never") }
        let late = TransportRequest("GET", server.url + "/late", deadline: .milliseconds(50))
        #expect(await transport.failure(of: late)?.code == .deadline)
        #expect(!asked.all.contains("/late"))
        first.cancel()
        _ = await first.value
    }

    @Test func `a deadline that ends with the head leaves the body alone`() async throws {
        let server = try server()
        let transport = try CurlTransport.make()
        let halting = TransportRequest(
            "GET", server.url + "/halting", deadline: .seconds(3), deadlineEndsWithHead: true)
        let response = try await transport.send(halting)
        // By the time that this one has failed, the first one's deadline has passed.
        let never = TransportRequest("GET", server.url + "/never", deadline: .seconds(3), deadlineEndsWithHead: true)
        #expect(await transport.failure(of: never)?.code == .deadline)
        goesOn.raise()
        #expect(try await response.body.collect(upTo: 2) == ByteBuffer(string: "xy"))
    }

    @Test func `it goes on for the body of a failure`() async throws {
        let server = try server()
        let failing = TransportRequest(
            "GET", server.url + "/failing", stallTimeout: nil, deadline: .milliseconds(200), deadlineEndsWithHead: true)
        #expect(await (try CurlTransport.make()).failure(of: failing)?.code == .deadline)
    }
}

/// Filled by a server's threads.
private final class Paths: Sendable {
    private let storage = Mutex<[String]>([])
    var all: [String] { storage.withLock { $0 } }
    func add(_ path: String) { storage.withLock { $0.append(path) } }
}
