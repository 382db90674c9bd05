import Foundation
import Testing

/// Images in an old registry, pushed by skopeo, and how to tell that another registry has the same.
struct OldImages {
    let directory: TemporaryDirectory

    private func skopeo(_ arguments: [String]) throws {
        let home = ["HOME": directory.path, "XDG_RUNTIME_DIR": directory("run")]
        let result = try runUnchecked("skopeo", ["--insecure-policy"] + arguments, environment: home)
        guard result.exit == .code(0) else { throw CommandFailed(result: result) }
    }

    func push(_ image: ImageLayout, _ tag: String, to remote: String, _ more: String...) throws {
        try skopeo(
            ["copy", "--all", "--dest-tls-verify=false"] + more + ["oci:\(image.path):\(tag)", "docker://\(remote)"])
    }

    /// All of an image: the names of its blobs.
    func pull(_ remote: String) throws -> [String] {
        let name = "pulled-\(hex(randomBytes(4)))"
        try skopeo(["copy", "--all", "--src-tls-verify=false", "docker://\(remote)", "oci:\(directory(name)):x"])
        return files(below: directory("\(name)/blobs/sha256"))
    }

    /// Multi-arch images, several tags for one, one image in two repositories, Docker's format, names of several components.
    @discardableResult
    func fill(_ address: String) throws -> ImageLayout {
        let many = try ImageLayout(
            in: directory, name: "many", tag: "v1", platforms: ["amd64", "arm64", "riscv64"], layers: 2)
        let one = try ImageLayout(in: directory, name: "one", tag: "v1", platforms: ["amd64"], layers: 3)
        try push(many, "v1", to: "\(address)/alice/app:v1")
        try push(many, "v1", to: "\(address)/alice/app:latest")
        try push(one, "v1", to: "\(address)/alice/app:one")
        try push(one, "v1", to: "\(address)/team/tools/deep/one:v1")
        try push(one, "v1", to: "\(address)/docker:v2s2", "--format", "v2s2")
        return many
    }

    /// Another image, in a repository that is there and in a new one.
    @discardableResult
    func pushMore(_ address: String) throws -> ImageLayout {
        let name = "more-\(hex(randomBytes(4)))"
        let more = try ImageLayout(in: directory, name: name, tag: "v2", platforms: ["amd64", "arm64"], layers: 1)
        try push(more, "v2", to: "\(address)/alice/app:v2")
        try push(more, "v2", to: "\(address)/new/app:v2")
        return more
    }
}

private struct Catalog: Decodable {
    var repositories: [String]
}

/// What one registry has, byte for byte, the other has too: every repository, tag, manifest and blob.
struct RegistryComparison {
    let old: Client
    let new: Client
    private(set) var repositories = 0
    private(set) var tags = 0
    private(set) var manifests: Set<String> = []
    private(set) var blobs: Set<String> = []

    init(_ old: UInt16, _ new: UInt16) throws {
        self.old = Client(port: old)
        self.new = Client(port: new)
        let catalog: Catalog = try self.old.get("/v2/_catalog").decode()
        for repository in catalog.repositories {
            let list: TagList = try self.old.get("/v2/\(repository)/tags/list").decode()
            let other: TagList = try self.new.get("/v2/\(repository)/tags/list").decode()
            #expect(list.tags.sorted() == other.tags)
            repositories += 1
            tags += list.tags.count
            for tag in list.tags { try compare(manifest: tag, in: repository) }
        }
    }

    private mutating func compare(manifest reference: String, in repository: String) throws {
        let all = [MediaType.image, MediaType.index, MediaType.dockerImage, MediaType.dockerList].joined(
            separator: ", ")
        let target = "/v2/\(repository)/manifests/\(reference)"
        let (a, b) = (try old.get(target, [("Accept", all)]), try new.get(target, [("Accept", all)]))
        expect(a, 200)
        expect(b, 200)
        expectSame(b.body, a.body)
        for name in ["Docker-Content-Digest", "Content-Type"] { #expect(a[name] == b[name], "\(target)") }
        let digest = sha256(a.body)
        #expect(b["Docker-Content-Digest"] == digest)
        guard manifests.insert("\(repository)@\(digest)").inserted else { return }
        try compare(manifest: digest, in: repository)
        let document: ManifestDocument = try a.decode()
        for child in document.manifests ?? [] { try compare(manifest: child.digest, in: repository) }
        for blob in (document.config.map { [$0] } ?? []) + (document.layers ?? []) {
            try compare(blob: blob.digest, in: repository)
        }
    }

    private mutating func compare(blob digest: String, in repository: String) throws {
        guard blobs.insert("\(repository)@\(digest)").inserted else { return }
        let (a, b) = (try old.pullBlob(digest, from: repository), try new.pullBlob(digest, from: repository))
        expectSame(b, try #require(a))
    }
}

/// Every file below a folder with the digest of its content.
func fingerprint(below path: String) throws -> [String: String] {
    try Dictionary(uniqueKeysWithValues: files(below: path).map { ($0, sha256(try contents(of: "\(path)/\($0)"))) })
}
