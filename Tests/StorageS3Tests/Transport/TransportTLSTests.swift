import Foundation
import NIOCore
import S3Servers
import TestSupport
import Testing

@testable import StorageS3

/// Against openssl's own little server.
@Suite(.timeLimit(.minutes(2)))
struct TransportTLSTests {
    private let folder: String
    private let process: Lifeline
    private let port: Int

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let request = [
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
            "subjectAltName=IP:127.0.0.1", "-keyout", "\(folder)/key.pem", "-out", "\(folder)/cert.pem",
        ]
        try #require(try spawn("openssl", request, output: "/dev/null") == 0)
        port = try freePort()
        let script = #"""
            cd "$0"
            openssl s_server -accept "127.0.0.1:$1" -cert cert.pem -key key.pem -www >log 2>&1 </dev/null & server=$!
            until grep -q ACCEPT log; do kill -0 $server 2>/dev/null || { cat log; break; }; sleep 0.05; done
            if grep -q ACCEPT log; then echo ready; cat >/dev/null; fi
            exec >/dev/null 2>&1
            kill -9 $server; wait $server; rm -rf "$0"
            """#
        process = try Lifeline(["/bin/sh", "-c", script, folder, "\(port)"])
        try process.waitUntilReady("openssl s_server")
    }

    @Test func `a CA file decides who is trusted`() async throws {
        defer { withExtendedLifetime(process) {} }
        let request = TransportRequest("GET", "https://127.0.0.1:\(port)/")
        let trusting = try CurlTransport.make { $0.caFile = "\(folder)/cert.pem" }
        #expect(try await trusting.fetch(request).status == 200)
        let other = TransportRequest("GET", "https://localhost:\(port)/")
        #expect(await trusting.failure(of: other)?.code == .tls)
        #expect(await (try CurlTransport.make()).failure(of: request)?.code == .tls)
        let misled = try CurlTransport.make { $0.caFile = "\(folder)/nothing.pem" }
        #expect(await misled.failure(of: request)?.code == .tls)
    }
}
