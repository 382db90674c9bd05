import Foundation
import S3Servers
import Testing

/// A place for blobs, and what is really there.
enum ModelBackend: Sendable {
    case folder(String)
    case bucket(S3Bucket)

    /// Its section of the configuration, on one line.
    var section: String {
        let keys: [String: String] =
            switch self {
            case .folder(let path): ["driver": "fs", "root": path]
            case .bucket(let bucket): bucket.keys().mapValues { $0.contains(":") ? "\"\($0)\"" : $0 }
            }
        return "{ \(keys.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")) }"
    }

    /// The digests of its objects, one for each object.
    func digests() throws -> [String] {
        let names =
            switch self {
            case .folder(let path): files(below: path + "/blobs")
            case .bucket(let bucket): try bucket.objects().map(\.key)
            }
        return names.map { name in
            // …/sha256/ab/abcd….1234-…
            let parts = name.split(separator: "/").suffix(3)
            return "\(parts.first ?? ""):\(parts.last?.prefix { $0 != "." } ?? "")"
        }.sorted()
    }

    /// What there is of uploads and copies that are not through.
    func unfinished() throws -> [String] {
        switch self {
        case .folder(let path): files(below: path + "/uploads")
        case .bucket(let bucket): try bucket.uploads()
        }
    }
}

/// Where the two backends of a run are.
enum ModelPlace: String, Sendable, CaseIterable, CustomTestStringConvertible {
    case files, s3

    var testDescription: String { self == .files ? "on files" : "on S3" }

    func backends(in directory: TemporaryDirectory) async throws -> [ModelBackend] {
        let first: ModelBackend =
            switch self {
            case .files: .folder(directory("first"))
            // rclone removes the folder of the last object in it while another client begins an upload there, and fails that.
            case .s3: .bucket(S3Bucket(try await StorageServer.ceph.value))
            }
        return [first, .folder(directory("second"))]
    }
}
