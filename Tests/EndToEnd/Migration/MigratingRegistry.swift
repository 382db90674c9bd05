import Foundation
import Glibc
import S3Servers

/// A registry with two backends, and the command that moves blobs between them while it serves.
final class MigratingRegistry: Sendable {
    enum Backend: String, Sendable {
        case disk, minio

        var other: Backend { self == .disk ? .minio : .disk }
    }

    let server: Server
    let bucket: S3Bucket
    private let endpoint: String
    private let more: [String: String]

    /// - Parameters:
    ///   - endpoint: where the S3 server is, if it is not to be reached directly.
    ///   - more: of the S3 backend.
    init(
        _ bucket: S3Bucket,
        endpoint: String? = nil,
        active: Backend = .disk,
        _ more: [String: String] = [:],
        settings: [String] = []
    ) throws {
        self.bucket = bucket
        self.endpoint = endpoint ?? bucket.server.endpoint
        self.more = more
        let directory = try TemporaryDirectory()
        server = try Server(
            settings: ["http.admin-listen=127.0.0.1:0"] + settings, listeners: 2,
            configuration: Self.configuration(directory, bucket, self.endpoint, active, more), directory: directory)
    }

    private static func configuration(
        _ directory: TemporaryDirectory, _ bucket: S3Bucket, _ endpoint: String, _ active: Backend,
        _ more: [String: String]
    ) -> String {
        let backends = [
            ("disk", ["driver": "fs", "root": directory("disk")]),
            ("minio", bucket.keys(endpoint: endpoint).merging(more) { $1 }),
        ]
        let sections = backends.map { name, keys in
            "    \(name):\n" + keys.sorted { $0.key < $1.key }.map { "      \($0.key): \($0.value)\n" }.joined()
        }
        return "storage:\n  active: \(active)\n  backends:\n" + sections.joined()
    }

    // MARK: The server

    /// Where new blobs are to go, from now on.
    func activate(_ backend: Backend) throws {
        _ = try server.directory.write(
            Self.configuration(server.directory, bucket, endpoint, backend, more), to: "registryd.yaml")
        let before = reloads
        server.signal(SIGHUP)
        try eventually("that the server reloads; its log:\n\(server.log.suffix(3000))") { reloads > before }
    }

    private var reloads: Int { server.log.components(separatedBy: "configuration reloaded").count }

    func metrics() throws -> String { try Client(port: server.ports[1]).get("/metrics").text }

    // MARK: The command

    private func arguments(_ source: Backend, _ options: [String]) -> [String] {
        ["migrate", "--from", "\(source)", "--to", "\(source.other)"] + options
            + ["--config", server.directory("registryd.yaml"), "--data", server.data]
    }

    /// Moves what `source` has to the other one.
    func migrate(from source: Backend, _ options: String...) throws -> ProcessResult {
        try runUnchecked(Server.built("registryd"), arguments(source, options))
    }

    func startMigrating(from source: Backend, _ options: String...) throws -> ChildProcess {
        try ChildProcess(Server.built("registryd"), arguments(source, options))
    }

    // MARK: What there is

    /// Below the root of the disk: `sha256/9f/…`.
    func filesOfBlobs() -> [String] { files(below: server.directory("disk/blobs")) }

    /// How many blobs are there.
    func count(on backend: Backend) throws -> Int {
        switch backend {
        case .disk: filesOfBlobs().count
        case .minio: try bucket.objects().count
        }
    }

    /// What there is of uploads and copies that are not through.
    func unfinished() throws -> [String] {
        try files(below: server.directory("disk/uploads")) + files(below: server.data + "/spool") + bucket.uploads()
    }

    /// The file of a blob.
    func file(of digest: String) throws -> String {
        let hex = digest.dropFirst("sha256:".count)
        guard let name = filesOfBlobs().first(where: { $0.contains(hex) }) else {
            throw NeverHappened(description: "there is no file of \(digest)")
        }
        return server.directory("disk/blobs/\(name)")
    }
}

struct MigratedBlob: Sendable, Hashable {
    var repository: String
    var digest: String

    /// Content of many sizes: most small, some of many parts.
    static func sizes(_ count: Int, large: Int) -> [Int] {
        let small = (0..<count - large).map { _ in Int(exp(Double.random(in: log(1024.0)...log(2_097_152.0)))) }
        return small + (0..<large).map { _ in Int.random(in: 5 << 20...16 << 20) }
    }
}

extension MigratingRegistry {
    /// Pushes a blob of each size, with several clients.
    func fill(_ sizes: [Int]) throws -> [MigratedBlob] {
        let clients = 4
        let results = concurrently(clients) { [server] number in
            let client = Client(server)
            return try stride(from: number, to: sizes.count, by: clients).map { index in
                let repository = "moved/r\(index % 7)"
                return MigratedBlob(
                    repository: repository, digest: try client.pushBlob(randomBytes(sizes[index]), to: repository))
            }
        }
        return try results.flatMap { try $0.get() }
    }

    /// Pulls each, and checks it against its digest.
    func check(_ blobs: [MigratedBlob]) throws {
        let clients = 4
        let results = concurrently(clients) { [server] number in
            let client = Client(server)
            for index in stride(from: number, to: blobs.count, by: clients) {
                let blob = blobs[index]
                guard try client.pullBlob(blob.digest, from: blob.repository) != nil else {
                    throw NeverHappened(description: "\(blob) is lost")
                }
            }
        }
        for result in results { try result.get() }
    }
}
