import Foundation
import S3Servers

/// What the bucket really has, asked of the server itself and with curl's signer.
struct S3Bucket: Sendable {
    let server: StorageServer
    /// Of everything that one registry stores.
    let prefix: String

    init(_ server: StorageServer) {
        self.server = server
        prefix = "e2e/\(hex(randomBytes(8)))/"
    }

    var port: UInt16 { URL(string: server.endpoint)?.port.flatMap { UInt16($0) } ?? 0 }

    /// The section of a backend that reaches the server at `endpoint`.
    func keys(endpoint: String? = nil) -> [String: String] {
        [
            "driver": "s3", "endpoint": endpoint ?? server.endpoint, "region": StorageServer.region,
            "bucket": StorageServer.bucket, "prefix": prefix, "path-style": "true", "part-size": "5MiB",
            "access-key-id": StorageServer.accessKeyID, "secret-access-key": StorageServer.secretAccessKey,
        ]
    }

    /// The configuration of a registry that reaches the server at `endpoint`.
    func configuration(endpoint: String? = nil, _ more: [String: String] = [:]) -> String {
        let keys = self.keys(endpoint: endpoint).merging(more) { $1 }
        let lines = keys.sorted { $0.key < $1.key }.map { "      \($0): \($1)" }.joined(separator: "\n")
        return "storage:\n  active: s3\n  backends:\n    s3:\n\(lines)\n"
    }

    struct Object: Sendable, Hashable {
        var key: String
        var size: Int
        /// Another one for other content.
        var tag: String
    }

    /// The objects below a path from the prefix: by default the blobs'.
    func objects(below path: String = "blobs/") throws -> [Object] {
        var objects: [Object] = []
        var token: String?
        repeat {
            // In the order that the signature wants.
            var query = token.map { "continuation-token=\(encoded($0))&" } ?? ""
            query += "list-type=2&prefix=\(encoded(prefix + path))"
            let page = try get(query)
            objects += page.elements("Contents").map { entry in
                Object(
                    key: entry.element("Key") ?? "", size: Int(entry.element("Size") ?? "") ?? -1,
                    tag: entry.element("ETag") ?? "")
            }
            token = page.element("NextContinuationToken")
        } while token != nil
        return objects
    }

    /// The keys of multipart uploads that were begun and neither completed nor aborted.
    func uploads() throws -> [String] {
        try get("prefix=\(encoded(prefix))&uploads=").elements("Upload").compactMap { $0.element("Key") }
    }

    private func get(_ query: String) throws -> String {
        let nothing = sha256([]).dropFirst("sha256:".count)
        let result = try run(
            "curl", "-s", "--noproxy", "*", "--max-time", "60", "--aws-sigv4",
            "aws:amz:\(StorageServer.region):s3", "--user",
            "\(StorageServer.accessKeyID):\(StorageServer.secretAccessKey)", "-H", "x-amz-content-sha256: \(nothing)",
            "\(server.endpoint)/\(StorageServer.bucket)?\(query)")
        // rclone says so when there are no uploads.
        guard !result.output.contains("<Error>") || result.output.contains("NoSuchUpload") else {
            throw CommandFailed(result: result)
        }
        return result.output
    }

    private func encoded(_ text: String) -> String {
        let allowed = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        return text.addingPercentEncoding(withAllowedCharacters: allowed) ?? text
    }
}

extension String {
    /// The contents of all elements of that name, which has no attributes and holds none of its own name.
    fileprivate func elements(_ name: String) -> [String] {
        components(separatedBy: "<\(name)>").dropFirst().map { $0.components(separatedBy: "</\(name)>")[0] }
    }

    fileprivate func element(_ name: String) -> String? { elements(name).first }
}
