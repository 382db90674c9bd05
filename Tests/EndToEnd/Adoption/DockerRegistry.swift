import Foundation
import Glibc
import S3Servers

/// CNCF distribution's registry, as Debian has it, on a port of its own choice. Ends when this goes.
final class DockerRegistry: Sendable {
    let port: UInt16
    private let process: ChildProcess

    /// - Parameter storage: The driver's section of its configuration.
    init(_ storage: String, in directory: TemporaryDirectory) throws {
        let configuration = """
            version: 0.1
            log: { level: info, accesslog: { disabled: true } }
            storage:
              \(storage)
              redirect: { disable: true }
              delete: { enabled: true }
            http: { addr: '127.0.0.1:0' }
            health: { storagedriver: { enabled: false } }
            """
        let path = try directory.write(configuration, to: "docker-registry-\(hex(randomBytes(4))).yml")
        // It panics over what this shell says of somebody's AWS.
        let variables = ProcessInfo.processInfo.environment.keys.filter { $0.hasPrefix("AWS_") }.flatMap { ["-u", $0] }
        let process = try ChildProcess("env", variables + ["docker-registry", "serve", path], group: true)
        self.process = process
        var port: UInt16?
        try eventually("that docker-registry listens") {
            let log = process.errors.text + process.output.text
            guard process.isRunning else { throw NeverHappened(description: "docker-registry ended:\n\(log)") }
            guard let found = log.range(of: "listening on 127.0.0.1:") else { return false }
            let digits = log[found.upperBound...].prefix { $0.isNumber }
            // Whole only with what comes after it.
            if digits.endIndex != log.endIndex { port = UInt16(digits) }
            return port != nil
        }
        self.port = port ?? 0
    }

    convenience init(files root: String, in directory: TemporaryDirectory) throws {
        try self.init("filesystem: { rootdirectory: '\(root)' }", in: directory)
    }

    /// Below `path` from the prefix.
    convenience init(_ bucket: S3Bucket, path: String, in directory: TemporaryDirectory) throws {
        try self.init(
            """
            s3: { accesskey: \(StorageServer.accessKeyID), secretkey: '\(StorageServer.secretAccessKey)',
                region: \(StorageServer.region), regionendpoint: '\(bucket.server.endpoint)',
                bucket: \(StorageServer.bucket), rootdirectory: '/\(bucket.prefix)\(path)', secure: false, v4auth: true }
            """, in: directory)
    }

    var address: String { "127.0.0.1:\(port)" }
}
