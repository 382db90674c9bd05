import Foundation
import S3Servers
import Testing

/// A name as a blob's object has it, of content that nobody knows.
func strayName(_ content: [UInt8]) -> String {
    let hex = sha256(content).dropFirst("sha256:".count)
    return "sha256/\(hex.prefix(2))/\(hex).\(UUID().uuidString.lowercased())"
}

extension KeptRegistry {
    /// Everything in the folder backend.
    func stored() -> [String] { files(below: directory("disk")) }

    /// Puts an object there that no row knows: its path from the backend's root.
    func leaveObject() throws -> String {
        let content = randomBytes(100)
        let name = "blobs/" + strayName(content)
        try directory.write(content, to: "disk/" + name)
        return name
    }

    /// Starts a server that is expected to end by itself.
    func refusedServe() throws -> ProcessResult {
        try uncheckedCommand(["serve", "--listen", "127.0.0.1:0"])
    }

    /// Another registry, with a data folder of its own, on the same folder of blobs.
    func onSameDisk() throws -> KeptRegistry {
        try KeptRegistry(
            "storage: { active: disk, backends: { disk: { driver: fs, root: \"\(directory("disk"))\" } } }\n")
    }
}

extension Server {
    /// Waits until the server has collected garbage so often, from the beginning to the end.
    func waitForCollections(_ count: Int) throws {
        let client = Client(self)
        // The one that is under way when a blob comes may be past blobs already.
        for _ in 0..<count {
            let digest = try client.pushBlob(randomBytes(10), to: "waiting")
            try eventually("that a collection takes \(digest)") {
                try client.head("/v2/waiting/blobs/\(digest)").status == 404
            }
        }
    }
}

extension S3Bucket {
    /// Puts an object below the prefix, as another program would.
    func put(_ content: [UInt8], at path: String, in directory: TemporaryDirectory) throws {
        let file = try directory.write(content, to: "object")
        try run(
            "curl", "-sS", "--fail", "--noproxy", "*", "--max-time", "60", "--aws-sigv4",
            "aws:amz:\(StorageServer.region):s3", "--user",
            "\(StorageServer.accessKeyID):\(StorageServer.secretAccessKey)", "-H",
            "x-amz-content-sha256: \(sha256(content).dropFirst("sha256:".count))", "-T", file,
            "\(server.endpoint)/\(StorageServer.bucket)/\(prefix)\(path)")
    }
}
