import Foundation
import Testing

/// What `registryd gc` removes beside a server, and what it leaves.
struct GarbageTests {
    let server: Server
    let client: Client
    let app = uniqueRepository()

    init() throws {
        server = try Server(settings: ["gc.interval=never"])
        client = Client(server)
    }

    private func digests() throws -> Set<String> { try Set(server.storedBlobs().map(\.name.digest)) }

    @Test func `what a deleted manifest alone needed goes, and nothing else`() throws {
        let (config, shared) = (Array("{}".utf8), randomBytes(1000))
        let (own, unused) = (randomBytes(1000), randomBytes(2000))
        for blob in [config, shared, own, unused] { try client.pushBlob(blob, to: app) }
        let gone = Manifest.image(config: config, layers: [shared, own])
        let kept = Manifest.image(config: config, layers: [shared])
        try client.pushManifest(gone, to: app, as: "gone")
        try client.pushManifest(kept, to: app, as: "kept")

        // Not before the grace has passed.
        #expect(try server.gc().hasPrefix("removed 0 blobs"))
        #expect(try server.gc("gc.grace=0s").hasPrefix("removed 1 blob (2.0 KiB)"))
        expect(try client.delete("/v2/\(app)/manifests/\(gone.digest)"), 202)
        #expect(try server.gc("gc.grace=0s").hasPrefix("removed 1 blob (1000 B)"))
        for blob in [own, unused] {
            expect(try client.get("/v2/\(app)/blobs/\(sha256(blob))"), 404, "BLOB_UNKNOWN")
        }
        for blob in [config, shared] { expectSame(try client.pullBlob(sha256(blob), from: app), blob) }
        #expect(try digests() == [sha256(config), sha256(shared)])
        let events = try server.audit().filter { $0["event"] == "garbage-collected" }
        #expect(events.map { $0["blobs"] } == ["1", "1"])
        #expect(events.allSatisfy { $0["origin"] == "command line" && $0["actor"]?.isEmpty == false })

        // What went can come again.
        try client.pushBlob(own, to: app)
        try client.pushManifest(gone, to: app, as: "again")
        #expect(try server.gc("gc.grace=0s").hasPrefix("removed 0 blobs"))
        expectSame(try client.pullBlob(sha256(own), from: app), own)
    }

    @Test func `a blob stays as long as any repository needs it`() throws {
        let other = uniqueRepository()
        let image = try client.pushImage(to: app, as: "v1")
        let blobs = try digests()
        for digest in blobs {
            expect(try client.post("/v2/\(other)/blobs/uploads/?mount=\(digest)&from=\(app)"), 201)
        }
        try client.pushManifest(image, to: other, as: "v1")
        expect(try client.delete("/v2/\(app)/manifests/\(image.digest)"), 202)
        #expect(try server.gc("gc.grace=0s").hasPrefix("removed 0 blobs"))
        for digest in blobs { #expect(try client.pullBlob(digest, from: other) != nil) }
        try server.command("repo", "delete", other)
        #expect(try server.gc("gc.grace=0s").hasPrefix("removed 2 blobs"))
        #expect(try digests() == [])
    }

    @Test func `the children of a tagged index stay, also where untagged manifests go`() throws {
        let children = try (0..<3).map { _ in try client.pushImage(to: app) }
        let index = Manifest.index(children)
        try client.pushManifest(index, to: app, as: "multi")
        let stray = try client.pushImage(to: app)
        let settings = ["gc.grace=0s", "gc.untagged=0s"]
        // One collection notes what has no tag, the next removes what still has none.
        #expect(try server.gc(settings).hasPrefix("removed 0 blobs"))
        #expect(try server.gc(settings).contains("1 untagged manifest"))
        expect(try client.get("/v2/\(app)/manifests/\(stray.digest)"), 404, "MANIFEST_UNKNOWN")
        for child in children { expect(try client.get("/v2/\(app)/manifests/\(child.digest)"), 200) }
        #expect(try digests().count == 4)

        expect(try client.delete("/v2/\(app)/manifests/multi"), 202)
        _ = try server.gc(settings)
        #expect(try server.gc(settings).contains("4 untagged manifests"))
        #expect(try digests() == [])
    }

    @Test func `a dry run says what and why, and removes nothing`() throws {
        let image = try client.pushImage(to: app, as: "v1")
        let unused = randomBytes(3000)
        try client.pushBlob(unused, to: app)
        let before = try digests()
        let text = try server.gc(["gc.grace=0s"], "--dry-run")
        #expect(text.contains("blob \(sha256(unused)) 2.9 KiB: no manifest needs it, last used 2"), "\(text)")
        #expect(text.hasSuffix("would remove 1 blob (2.9 KiB)"), "\(text)")
        #expect(!text.contains(image.digest))
        let json = try server.gc(["gc.grace=0s"], "--dry-run", "--json")
        let tree = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        #expect(tree["bytes"] as? Int == 3000)
        #expect((tree["garbage"] as? [[String: Any]])?.first?["digest"] as? String == sha256(unused))
        #expect(try digests() == before)
        #expect(try server.gc(["gc.grace=0s"], "--json").contains("\"blobs\": 1,"))
        #expect(try digests() == before.subtracting([sha256(unused)]))
    }

    @Test func `the server does it on its own schedule, and takes a changed one up`() throws {
        let server = try Server(
            configuration: "gc: { interval: never, grace: 0s }\n" + (try TestStorage.bucket()?.configuration() ?? ""))
        let client = Client(server)
        let image = try client.pushImage(to: app, as: "v1")
        let unused = try client.pushBlob(randomBytes(1000), to: app)
        #expect(try client.pullBlob(unused, from: app) != nil)
        let file = server.directory("registryd.yaml")
        let text = String(decoding: try contents(of: file), as: UTF8.self)
        _ = try server.directory.write(
            text.replacingOccurrences(of: "interval: never", with: "interval: 50ms"), to: "registryd.yaml")
        server.signal(SIGHUP)
        try eventually("that the blob goes") { try client.pullBlob(unused, from: app) == nil }
        try eventually("that it is said") { server.log.contains("garbage collection: removed 1 blob") }
        expect(try client.get("/v2/\(app)/manifests/\(image.digest)"), 200)
    }

    @Test func `two collections do not run at once`() throws {
        let lock = open(server.data + "/gc.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(lock) }
        #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
        let result = try server.uncheckedGC(["gc.grace=0s"])
        #expect(result.exit == .code(69))
        #expect(result.errors.contains("collecting garbage"))
        #expect(try server.uncheckedGC(["gc.grace=0s"], "--dry-run").exit == .code(0))
    }

    @Test func `files that no row knows go at the second time of asking`() throws {
        guard server.bucket == nil else { return }
        try client.pushImage(to: app, as: "v1")
        let known = files(below: server.data + "/blobs/blobs")
        let digest = hex(randomBytes(32))
        let folder = "\(server.data)/blobs/blobs/sha256/\(digest.prefix(2))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let name = "\(digest).\(UUID().uuidString.lowercased())"
        try Data(randomBytes(100)).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        #expect(try server.gc([], "--dry-run").contains(name))
        #expect(try server.gc().contains("1 object that no row knows: noted"))
        // Until the grace has passed nobody looks again, unless somebody wants it.
        #expect(try !server.gc().contains("noted"))
        #expect(try !server.gc([], "--dry-run").contains(name))
        #expect(try server.gc([], "--dry-run", "--orphans").contains(name))
        #expect(try server.gc([], "--orphans").contains("1 object that no row knows: noted"))
        #expect(files(below: server.data + "/blobs/blobs").count == known.count + 1)
        #expect(try server.gc("gc.grace=0s").contains("1 unknown object, 1 object deleted"))
        #expect(files(below: server.data + "/blobs/blobs") == known)
    }
}

extension String {
    /// The digest in an object's name.
    fileprivate var digest: String {
        let hex = split(separator: "/").last.map { $0.prefix { $0 != "." } } ?? ""
        return "sha256:\(hex)"
    }
}
