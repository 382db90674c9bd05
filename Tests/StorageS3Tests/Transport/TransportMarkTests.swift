import NIOCore
import Testing

@testable import StorageS3

/// The kernel waits for whole chunks of a large body.
@Suite(.timeLimit(.minutes(2)))
struct TransportMarkTests {
    private static let stallTimeout = Duration.seconds(20)

    @Test func `what has come of a chunk is handed out, although the rest of it does not come`() async throws {
        let (size, step) = (8 << 20, 50_000)
        let steps = (0..<20).map { _ in Flag() }
        let server = try RawServer { peer, _ in
            _ = try peer.request()
            try peer.write("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n")
            for flag in steps {
                try peer.write([UInt8](repeating: 7, count: step))
                flag.block()
            }
            try peer.write([UInt8](repeating: 7, count: size - steps.count * step))
            peer.readToEnd()
        }
        let transport = try CurlTransport.make()
        let request = TransportRequest("GET", server.url + "/", stallTimeout: Self.stallTimeout)
        var count = 0
        for try await chunk in try await transport.send(request).body {
            count += chunk.readableBytes
            for flag in steps.prefix(count / step) where !flag.isUp { flag.raise() }
        }
        #expect(count == size)
    }

    /// Wherever the last bytes of the body before it began.
    @Test(arguments: [256 << 10, 512 << 10, (512 << 10) + 1, 800_000, 1 << 20, 3_000_001])
    func `the next answer on the connection is heard of at once`(_ size: Int) async throws {
        let large = [UInt8](repeating: 7, count: size)
        let server = try RawServer { peer, _ in
            while true {
                let isLarge = try peer.request().line.contains("/large")
                try peer.write("HTTP/1.1 200 OK\r\nContent-Length: \(isLarge ? size : 1)\r\n\r\n")
                try peer.write(isLarge ? large : [7])
            }
        }
        let transport = try CurlTransport.make()
        for turn in 0..<20 {
            let path = turn % 2 == 0 ? "/large" : "/small"
            let request = TransportRequest("GET", server.url + path, stallTimeout: Self.stallTimeout)
            var count = 0
            for try await chunk in try await transport.send(request).body { count += chunk.readableBytes }
            #expect(count == (turn % 2 == 0 ? size : 1))
        }
        #expect(server.accepted == 1)
    }
}
