import Foundation
import Testing

/// The disk with the database is full, the one with the blobs is not.
struct FaultFullDatabaseTests {
    private let directory: TemporaryDirectory
    private let disk: SmallDisk

    init() throws {
        directory = try TemporaryDirectory()
        disk = try SmallDisk(mebibytes: 8, on: "database", in: directory)
    }

    private func start(_ settings: String...) throws -> (Server, Client) {
        let database = "metadata.url=sqlite://\(disk.path)/registry.db"
        let server = try Server.onFiles(directory("blobs"), [database] + settings, in: directory)
        let client = Client(server)
        try client.pushBlob(Array("{}".utf8), to: "a")
        return (server, client)
    }

    /// Pushes manifests until the log of the database finds no room, and then the smallest writes that there are: those
    /// manifests that were taken, and the one that was not.
    private func fill(_ client: Client) throws -> (taken: [Manifest], refused: Manifest, answer: HTTPResponse) {
        let session = try client.startUpload("a")
        try disk.fill(leaving: 256 << 10)
        var taken: [Manifest] = []
        while taken.count < 1000 {
            let filling = hex(randomBytes(2000))
            let manifest = Manifest.image(layers: [], annotations: ["filling": filling])
            let response = try client.putManifest(manifest, to: "a", as: "t\(taken.count)")
            if response.status == 201 {
                taken.append(manifest)
                continue
            }
            for _ in 0..<1000 where try client.patch(session, body: [0]).status == 507 {
                return (taken, manifest, response)
            }
        }
        throw NeverHappened(description: "a full disk")
    }

    @Test func `writes are refused, reads go on, and it recovers by itself`() throws {
        let (server, client) = try start("limits.upload-idle=3s")
        let blob = randomBytes(10_000)
        try client.pushBlob(blob, to: "a")
        let session = try client.append([1, 2, 3], to: client.startUpload("a"), at: 0)
        let (taken, refused, answer) = try fill(client)
        expectFull(answer, "the disk of the registry's database is full")

        for _ in 0..<5 {
            expectFull(
                try client.putManifest(refused, to: "a", as: "refused"), "the disk of the registry's database is full")
            expect(try client.post("/v2/a/blobs/uploads/"), 507, "UNAVAILABLE")
            let content = randomBytes(1000)
            let push = try client.post("/v2/a/blobs/uploads/?digest=\(sha256(content))", body: content)
            expect(push, 507, "UNAVAILABLE")
            #expect(try client.pullBlob(sha256(content), from: "a") == nil)
        }
        expect(try client.get("/v2/a/manifests/refused"), 404, "MANIFEST_UNKNOWN")
        expect(try client.get("/v2/a/manifests/\(refused.digest)"), 404, "MANIFEST_UNKNOWN")
        for (index, manifest) in taken.enumerated() {
            expectSame(try client.get("/v2/a/manifests/t\(index)").body, manifest.content)
        }
        expectSame(try client.pullBlob(sha256(blob), from: "a"), blob)
        // Two more while it was filled.
        _ = try server.errorLines(17)

        try disk.clear()
        expect(try client.putManifest(refused, to: "a", as: "refused"), 201)
        let content = randomBytes(1000)
        try client.pushBlob(content, to: "a")
        expectSame(try client.pullBlob(sha256(content), from: "a"), content)
        try eventually("that the session has ended") { try client.get(session).status == 404 }
        try eventually("that nothing is left of it; the log:\n\(server.log)") {
            files(below: directory("blobs/uploads")).isEmpty
        }
        #expect(files(below: directory("blobs/blobs")).count == 3)
    }

    @Test func `what was taken before survives a crash in the middle of it`() throws {
        let (server, first) = try start()
        let (taken, refused, _) = try fill(first)
        server.stop(SIGKILL)
        try disk.clear()
        try server.start()
        let client = Client(server)
        for (index, manifest) in taken.enumerated() {
            expectSame(try client.get("/v2/a/manifests/t\(index)").body, manifest.content)
        }
        expect(try client.get("/v2/a/manifests/\(refused.digest)"), 404, "MANIFEST_UNKNOWN")
        expect(try client.putManifest(refused, to: "a", as: "refused"), 201)
    }

    @Test func `an upload whose row finds no room goes on from where it was`() throws {
        let (server, client) = try start()
        let content = randomBytes(300_000)
        let location = try client.append(Array(content[..<100_000]), to: client.startUpload("a"), at: 0)
        _ = try fill(client)
        let range = [("Content-Range", "100000-299999")]
        expect(try client.patch(location, range, body: Array(content[100_000...])), 507, "UNAVAILABLE")
        #expect(try server.errorLines(3).allSatisfy { $0.contains("SQLite") })
        #expect(try client.get(location)["Range"] == "0-99999")
        try disk.clear()
        expect(try client.patch(location, range, body: Array(content[100_000...])), 202)
        expect(try client.finish(location, sha256(content)), 201)
        expectSame(try client.pullBlob(sha256(content), from: "a"), content)
    }
}
