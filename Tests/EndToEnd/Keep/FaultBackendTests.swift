import Foundation
import Testing

/// The file system with the blobs turns read-only, or goes away, and comes back.
struct FaultBackendTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Every way to push is refused, and says why; what is there can be pulled or not.
    private func expectRefused(_ client: Client, _ why: String) throws {
        for way in Pushing.allCases {
            for size in [100, 600_000] {
                let request = try way.request(randomBytes(size), to: "a", client)
                expectUnavailable(try request.send(client), why)
                #expect(try client.head("/v2/a/blobs/\(sha256(request.content))").status == 404)
            }
        }
    }

    @Test func `read-only, it gives what it has and takes nothing, until it can be written again`() throws {
        let disk = try SmallDisk(mebibytes: 4, on: "disk", in: directory)
        let server = try Server.onFiles(disk.path + "/blobs", admin: true, in: directory)
        let (client, admin) = (Client(server), Client(port: server.ports[1]))
        let image = try client.pushImage(to: "a", as: "latest")
        let blob = randomBytes(10_000)
        let digest = try client.pushBlob(blob, to: "a")
        let content = randomBytes(500_000)
        let location = try client.append(Array(content[..<1000]), to: client.startUpload("a"), at: 0)
        try disk.makeReadOnly()

        try expectRefused(client, "mounted read-only")
        let range = [("Content-Range", "1000-499999")]
        expectUnavailable(try client.patch(location, range, body: Array(content[1000...])), "mounted read-only")
        let readiness = try admin.get("/readyz")
        expect(readiness, 503)
        #expect(readiness.text.contains("mounted read-only"), "\(readiness)")
        expectSame(try client.get("/v2/a/manifests/latest").body, image.content)
        expectSame(try client.pullBlob(digest, from: "a"), blob)

        try disk.makeWritable()
        expect(try admin.get("/readyz"), 200)
        expect(try client.patch(location, range, body: Array(content[1000...])), 202)
        expect(try client.finish(location, sha256(content)), 201)
        expectSame(try client.pullBlob(sha256(content), from: "a"), content)
        try client.pushImage(to: "a", as: "next")
    }

    @Test func `unmounted, nothing is written where it was, and mounted again it goes on`() throws {
        let folder = try MountedFolder(on: "disk", in: directory)
        let server = try Server.onFiles(folder.path, admin: true, in: directory)
        let (client, admin) = (Client(server), Client(port: server.ports[1]))
        let image = try client.pushImage(to: "a", as: "latest")
        let blob = randomBytes(10_000)
        let digest = try client.pushBlob(blob, to: "a")
        let content = randomBytes(500_000)
        let location = try client.append(Array(content[..<1000]), to: client.startUpload("a"), at: 0)
        try folder.unmount()

        try expectRefused(client, "the storage is not available")
        expectUnavailable(try client.get("/v2/a/blobs/\(digest)"), "the storage is not available")
        expect(try admin.get("/readyz"), 503)
        expectSame(try client.get("/v2/a/manifests/latest").body, image.content)
        try client.pushManifest(image, to: "a", as: "other")
        #expect(try FileManager.default.subpathsOfDirectory(atPath: folder.path) == [])

        try folder.mount()
        expect(try admin.get("/readyz"), 200)
        expectSame(try client.pullBlob(digest, from: "a"), blob)
        let range = [("Content-Range", "1000-499999")]
        expect(try client.patch(location, range, body: Array(content[1000...])), 202)
        expect(try client.finish(location, sha256(content)), 201)
        try client.pushImage(to: "a", as: "next")
    }
}
