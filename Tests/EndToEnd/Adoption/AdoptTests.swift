import Foundation
import Glibc
import Testing

/// `registryd adopt`: a real docker-registry on disk, taken over where it is.
@Suite(.serialized)
struct AdoptTests {
    private let directory: TemporaryDirectory
    private let images: OldImages
    private let old: DockerRegistry
    private let root: String

    init() throws {
        directory = try TemporaryDirectory()
        images = OldImages(directory: directory)
        root = directory("old")
        old = try DockerRegistry(files: root, in: directory)
    }

    private func server() throws -> Server {
        try Server(
            configuration: """
                storage:
                  active: new
                  backends:
                    new: { driver: fs, root: "\(directory("new"))" }
                    old: { driver: fs, root: "\(root)" }
                """,
            directory: directory)
    }

    private func adopt(_ server: Server, _ more: String...) throws -> ProcessResult {
        try server.uncheckedCommand(
            ["adopt", "--backend", "old", "--config", directory("registryd.yaml")] + more)
    }

    @Test
    func `everything is pulled from both afterwards, and what is pushed to the old one later comes with another run`()
        throws
    {
        let many = try images.fill(old.address)
        let before = try fingerprint(below: root + "/docker")
        let server = try server()

        let dry = try adopt(server, "--dry-run")
        #expect(dry.exit == .code(0), "\(dry)")
        #expect(dry.output.contains("would be taken from old"))
        #expect(try Client(server).get("/v2/_catalog").text.contains("\"repositories\":[]"))
        #expect(files(below: directory("new/blobs")) == [])
        #expect(try server.audit() == [])

        let first = try adopt(server)
        #expect(first.exit == .code(0), "\(first)")
        #expect(first.output.hasPrefix("taken from old"), "\(first)")
        #expect(first.output.contains("registryd repo visibility"))
        let all = try RegistryComparison(old.port, server.port)
        #expect((all.repositories, all.tags) == (3, 5))
        // An index and its three images, another image in two repositories and again in Docker's format.
        #expect(all.manifests.count == 7)
        #expect(all.blobs.count == 9 + 4 + 4 + 4)
        #expect(try fingerprint(below: root + "/docker") == before)
        #expect(files(below: directory("new/blobs")) == [])
        #expect(try images.pull("\(server.address)/alice/app:v1") == many.blobs)
        let line = try #require(try server.audit().last)
        #expect(line["event"] == "adopted")
        #expect([line["backend"], line["repositories"], line["tags"]] == ["old", "3", "5"])

        // The old registry goes on with its files; what it takes later is not here yet.
        #expect(try images.pull("\(old.address)/alice/app:v1") == many.blobs)
        let more = try images.pushMore(old.address)
        expect(try Client(server).get("/v2/alice/app/manifests/v2"), 404)
        let second = try adopt(server, "--json")
        #expect(second.exit == .code(0), "\(second)")
        let report = try #require(try JSONSerialization.jsonObject(with: Data(second.output.utf8)) as? [String: Any])
        #expect(report["repositories"] as? [String: Int] == ["new": 1, "known": 3])
        #expect(report["tags"] as? [String: Int] == ["new": 2, "known": 5])
        #expect(report["manifests"] as? [String: Int] == ["new": 6, "known": 7])
        #expect((report["problems"] as? [Any])?.count == 0)
        #expect(try RegistryComparison(old.port, server.port).repositories == 4)
        #expect(try images.pull("\(server.address)/new/app:v2") == more.blobs)

        let third = try adopt(server)
        #expect(third.exit == .code(0))
        #expect(third.output.hasPrefix("nothing is new"), "\(third)")
    }

    @Test func `with --copy-to the old files are needed no longer, and are still there`() throws {
        let many = try images.fill(old.address)
        let before = try fingerprint(below: root + "/docker")
        let server = try server()
        let result = try adopt(server, "--copy-to", "new")
        #expect(result.exit == .code(0), "\(result)")
        #expect(try fingerprint(below: root + "/docker") == before)
        _ = try RegistryComparison(old.port, server.port)

        server.stop()
        try FileManager.default.moveItem(atPath: root, toPath: root + "-away")
        let configuration = "storage: { active: new, backends: { new: { driver: fs, root: \"\(directory("new"))\" } } }"
        let alone = try Server(configuration: configuration, directory: directory)
        #expect(try images.pull("\(alone.address)/alice/app:v1") == many.blobs)
    }

    @Test func `with --copy-to and --json what was adopted is on the standard output also when the copy fails`() throws
    {
        try images.pushMore(old.address)
        let server = try server()
        // As another migration has it.
        let lock = open(server.data + "/migrate.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(lock) }
        #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
        let result = try adopt(server, "--copy-to", "new", "--json")
        #expect(result.exit == .code(69), "\(result)")
        #expect(result.errors.contains("another migration"), "\(result)")
        let report = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        #expect(report["repositories"] as? [String: Int] == ["new": 2, "known": 0])
        #expect(report["copy"] is NSNull)
    }

    @Test func `what is broken in the old registry is named, and the rest is taken`() throws {
        try images.fill(old.address)
        let client = Client(port: old.port)
        let gone = try client.pushImage(to: "broken/layer", as: "v1")
        let damaged = try client.pushImage(to: "broken/manifest", as: "v1")
        let missing = try client.pushImage(to: "broken/tag", as: "v1")
        func data(_ digest: String) -> String {
            let hex = digest.dropFirst("sha256:".count)
            return "\(root)/docker/registry/v2/blobs/sha256/\(hex.prefix(2))/\(hex)/data"
        }
        let document = try JSONDecoder().decode(ManifestDocument.self, from: Data(gone.content))
        let layer = try #require(document.layers?.first?.digest)
        try FileManager.default.removeItem(atPath: data(layer))
        try FileManager.default.removeItem(atPath: data(missing.digest))
        let bytes = try FileHandle(forWritingTo: URL(filePath: data(damaged.digest)))
        try bytes.write(contentsOf: Data("[".utf8))
        try bytes.close()

        let server = try server()
        let result = try adopt(server)
        #expect(result.exit == .code(1))
        for line in [
            "broken/layer: \(layer) is linked here and has no data",
            "broken/layer: \(gone.digest) needs blob \(layer), which is not in the repository",
            "broken/manifest: \(damaged.digest) is a manifest here whose content has digest ",
            "broken/manifest: tag v1 points at \(damaged.digest), a manifest that is not in the repository",
            "broken/tag: \(missing.digest) is a manifest here and has no data",
            "broken/tag: tag v1 points at \(missing.digest), a manifest that is not in the repository",
        ] {
            #expect(result.output.contains(line), "\(result)")
        }
        #expect(result.errors.contains("6 problems in the old registry"))
        let new = Client(server)
        expect(try new.get("/v2/broken/layer/manifests/v1"), 200)
        expect(try new.get("/v2/broken/layer/blobs/\(layer)"), 404, "BLOB_UNKNOWN")
        expect(try new.get("/v2/broken/manifest/manifests/v1"), 404, "MANIFEST_UNKNOWN")
        expect(try new.get("/v2/alice/app/manifests/v1"), 200)
    }

    @Test
    func `a backend without a registry in it is no success, and names that are none are errors of the command line`()
        throws
    {
        try images.pushMore(old.address)
        let server = try server()
        let elsewhere = try adopt(server, "--root", "elsewhere")
        #expect(elsewhere.exit == .code(1))
        #expect(elsewhere.errors.contains("/elsewhere/docker/registry/v2/repositories"), "\(elsewhere)")
        #expect(try adopt(server, "--copy-to", "nowhere").exit == .code(64))
        #expect(try Client(server).get("/v2/_catalog").text.contains("\"repositories\":[]"))
    }
}
