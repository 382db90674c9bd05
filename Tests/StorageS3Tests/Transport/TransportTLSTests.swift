import Foundation
import Glibc
import NIOCore
import Testing

@testable import StorageS3

/// Against openssl's own little server.
@Suite(.timeLimit(.minutes(2)))
struct TransportTLSTests {
    private let folder: String
    private let process = Process()
    private let port: Int

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Self.make(folder)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", "\(folder)/cert.pem", "-key", "\(folder)/key.pem",
            "-www",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = Pipe()
        try process.run()
        var text = ""
        while !text.contains("ACCEPT 127.0.0.1:") || !text.hasSuffix("\n") {
            let more = output.fileHandleForReading.availableData
            try #require(!more.isEmpty, "openssl s_server did not start")
            text += String(decoding: more, as: UTF8.self)
        }
        let number = try #require(text.components(separatedBy: "ACCEPT 127.0.0.1:").last)
        port = try #require(Int(number.prefix { $0.isNumber }))
    }

    private static func make(_ folder: String) throws {
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        openssl.arguments = [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext",
            "subjectAltName=IP:127.0.0.1", "-keyout", "\(folder)/key.pem", "-out", "\(folder)/cert.pem",
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        try #require(openssl.terminationStatus == 0)
    }

    private func clean() {
        // It was started with signals blocked, as this thread has them.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: folder)
    }

    @Test func `a CA file decides who is trusted`() async throws {
        defer { clean() }
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
