import Foundation
import S3Servers

/// Where the servers of this run keep their blobs, unless a test says so itself: in files, or with
/// `REGISTRYD_TEST_STORAGE` being rclone, moto or ceph on that S3 server, each below a prefix of its own.
enum TestStorage {
    static func bucket() throws -> S3Bucket? { try server.get().map { S3Bucket($0) } }

    private static let server = Result {
        let name = ProcessInfo.processInfo.environment["REGISTRYD_TEST_STORAGE"] ?? "files"
        return name == "files" ? nil : try StorageServer.named(name)
    }
}

extension S3Bucket {
    /// For a `--set`.
    var setting: String {
        let keys = [
            "driver: s3", "endpoint: \"\(server.endpoint)\"", "region: \(StorageServer.region)",
            "bucket: \(StorageServer.bucket)", "prefix: \(prefix)", "path-style: true", "part-size: 5MiB",
            "access-key-id: \(StorageServer.accessKeyID)",
            "secret-access-key: \"\(StorageServer.secretAccessKey)\"",
        ]
        return "storage={active: s3, backends: {s3: {\(keys.joined(separator: ", "))}}}"
    }
}

/// What a server has stored, wherever that is.
extension Server {
    struct StoredBlob: Sendable {
        var name: String
        var size: Int
    }

    /// The blobs.
    func storedBlobs() throws -> [StoredBlob] {
        if let bucket { return try bucket.objects().map { StoredBlob(name: $0.key, size: $0.size) } }
        let root = data + "/blobs/blobs"
        return try files(below: root).compactMap { name in
            do {
                let size = try FileManager.default.attributesOfItem(atPath: "\(root)/\(name)")[.size] as? Int
                return StoredBlob(name: name, size: size ?? -1)
            } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
                // Removed since it was listed.
                return nil
            }
        }
    }

    /// The blobs' files with their content. None on S3, where the server keeps what it acknowledged.
    func filesOfBlobs() throws -> [(name: String, content: [UInt8])] {
        guard bucket == nil else { return [] }
        let root = data + "/blobs/blobs"
        return try files(below: root).map { ($0, try contents(of: "\(root)/\($0)")) }
    }

    /// What there is of uploads that are not through.
    func unfinished() throws -> [String] {
        guard let bucket else { return files(below: data + "/blobs/uploads") }
        return try files(below: data + "/spool") + bucket.uploads()
    }
}
