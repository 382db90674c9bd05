import Testing

/// Images in and out with skopeo, and the same bytes on the way back.
@Suite(.serialized)
struct SkopeoTests {
    private let directory: TemporaryDirectory
    private let server: Server
    private let home: [String: String]

    init() throws {
        directory = try TemporaryDirectory()
        server = try Server.shared()
        home = ["HOME": directory.path, "XDG_RUNTIME_DIR": directory("run")]
    }

    @discardableResult
    private func skopeo(_ arguments: String...) throws -> ProcessResult {
        let result = try runUnchecked("skopeo", ["--insecure-policy"] + arguments, environment: home)
        guard result.exit == .code(0) else { throw CommandFailed(result: result) }
        return result
    }

    @Test func `an image of many layers comes back with identical digests`() throws {
        let image = try ImageLayout(in: directory, name: "image", tag: "v1", platforms: ["amd64"], layers: 7)
        let remote = "docker://\(server.address)/\(uniqueRepository("skopeo")):v1"
        try skopeo("copy", "--dest-tls-verify=false", "oci:\(image.path):v1", remote)
        let inspected = try skopeo("inspect", "--tls-verify=false", "--format", "{{.Digest}}", remote)
        #expect(inspected.line == (try image.root()))
        try skopeo("copy", "--src-tls-verify=false", remote, "oci:\(directory("back")):v1")
        #expect(files(below: directory("back/blobs/sha256")) == image.blobs)

        // And again from one repository to another: layers are mounted.
        let other = "docker://\(server.address)/\(uniqueRepository("skopeo")):v2"
        try skopeo("copy", "--src-tls-verify=false", "--dest-tls-verify=false", remote, other)
        try skopeo("copy", "--src-tls-verify=false", other, "oci:\(directory("again")):v2")
        #expect(files(below: directory("again/blobs/sha256")) == image.blobs)
    }

    @Test func `an image for several platforms comes back whole with --all`() throws {
        let platforms = ["amd64", "arm64", "riscv64"]
        let index = try ImageLayout(in: directory, name: "index", tag: "v1", platforms: platforms, layers: 2)
        let remote = "docker://\(server.address)/\(uniqueRepository("skopeo")):v1"
        try skopeo("copy", "--all", "--dest-tls-verify=false", "oci:\(index.path):v1", remote)
        try skopeo("copy", "--all", "--src-tls-verify=false", remote, "oci:\(directory("back")):v1")
        #expect(files(below: directory("back/blobs/sha256")) == index.blobs)
        let raw = try skopeo("inspect", "--raw", "--tls-verify=false", remote)
        #expect(sha256(Array(raw.output.utf8)) == (try index.root()))
    }

    @Test func `an image in Docker's format comes back`() throws {
        let image = try ImageLayout(in: directory, name: "image", tag: "v1", platforms: ["amd64"], layers: 2)
        let repository = uniqueRepository("skopeo")
        let remote = "docker://\(server.address)/\(repository):v2s2"
        try skopeo("copy", "--format", "v2s2", "--dest-tls-verify=false", "oci:\(image.path):v1", remote)
        let pulled = try Client(server).get("/v2/\(repository)/manifests/v2s2")
        #expect(pulled["Content-Type"] == MediaType.dockerImage)
        try skopeo("copy", "--src-tls-verify=false", remote, "dir:\(directory("dir"))")
        expectSame(try contents(of: directory("dir/manifest.json")), pulled.body)
    }

    @Test func `tags are listed, and images deleted`() throws {
        let image = try ImageLayout(in: directory, name: "image", tag: "v1", platforms: ["amd64"], layers: 1)
        let remote = "docker://\(server.address)/\(uniqueRepository("skopeo"))"
        for tag in ["b", "a"] {
            try skopeo("copy", "--dest-tls-verify=false", "oci:\(image.path):v1", "\(remote):\(tag)")
        }
        let tags = try skopeo("list-tags", "--tls-verify=false", remote).output
        #expect(tags.contains("\"a\"") && tags.contains("\"b\""))
        try skopeo("delete", "--tls-verify=false", "\(remote):a")
        #expect(throws: CommandFailed.self) { try skopeo("inspect", "--tls-verify=false", "\(remote):a") }
    }

    @Test func `an artifact is found through the image that it is about`() throws {
        let image = try ImageLayout(in: directory, name: "image", tag: "v1", platforms: ["amd64"], layers: 1)
        let repository = uniqueRepository("skopeo")
        let remote = "docker://\(server.address)/\(repository)"
        try skopeo("copy", "--dest-tls-verify=false", "oci:\(image.path):v1", "\(remote):v1")

        let client = Client(server)
        let pulled = try client.get("/v2/\(repository)/manifests/v1")
        let subject = Manifest(try #require(pulled["Content-Type"]), pulled.body).descriptor
        let sbom = Array("{\"packages\":[]}".utf8)
        try client.pushBlob(sbom, to: repository)
        try client.pushBlob(Array("{}".utf8), to: repository)
        let artifact = Manifest.image(
            layers: [sbom], subject: subject, artifactType: "application/vnd.example.sbom", annotations: ["a": "b"])
        try client.pushManifest(artifact, to: repository)

        let found: ManifestDocument = try client.get("/v2/\(repository)/referrers/\(subject.digest)").decode()
        let descriptor = try #require(found.manifests?.first)
        #expect(descriptor.artifactType == "application/vnd.example.sbom")
        #expect(descriptor.annotations == ["a": "b"])
        let raw = try skopeo("inspect", "--raw", "--tls-verify=false", "\(remote)@\(descriptor.digest)")
        #expect(sha256(Array(raw.output.utf8)) == artifact.digest)
    }
}
