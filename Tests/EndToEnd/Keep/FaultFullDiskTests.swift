import Foundation
import Testing

/// The disk with the blobs is full.
struct FaultFullDiskTests {
    private let directory: TemporaryDirectory
    private let disk: SmallDisk
    private let server: Server
    private let client: Client
    private let image: Manifest

    init() throws {
        directory = try TemporaryDirectory()
        disk = try SmallDisk(mebibytes: 4, on: "disk", in: directory)
        server = try Server.onFiles(disk.path + "/blobs", ["limits.upload-idle=10m"], in: directory)
        client = Client(server)
        image = try client.pushImage(to: "a", as: "latest")
    }

    private func expectServing() throws {
        expectSame(try Client(server).get("/v2/a/manifests/latest").body, image.content)
        let layer = try #require(try JSONDecoder().decode(ManifestDocument.self, from: Data(image.content)).layers?[0])
        #expect(try client.pullBlob(layer.digest, from: "a") != nil)
        expect(try client.get("/v2/a/tags/list"), 200)
        // What needs no room on this disk goes on, too.
        expect(try client.putManifest(image, to: "a", as: "more"), 201)
    }

    /// 100,000 bytes fail when they are saved or committed, 700,000 while they come.
    @Test(arguments: Pushing.allCases, [100_000, 700_000])
    func `a push is refused clearly, leaves nothing, and goes through when there is room`(
        _ way: Pushing, _ size: Int
    ) throws {
        let request = try way.request(randomBytes(size), to: "a", client)
        let digest = sha256(request.content)
        let before = try disk.contents()
        try disk.fill(leaving: size / 2)
        for _ in 0..<3 {
            expectFull(try request.send(client), "the storage is full")
            #expect(try client.pullBlob(digest, from: "a") == nil)
            #expect(try disk.contents() == before)
            try expectServing()
        }
        // One line for each, which says what it was.
        let lines = try server.errorLines(3)
        #expect(lines.allSatisfy { $0.contains("No space left on device") }, "\(lines)")

        try disk.clear()
        expect(try request.send(client), way == .patch ? 202 : 201)
        try way.complete(request, client)
        expectSame(try client.pullBlob(digest, from: "a"), request.content)
        #expect(try disk.contents().count == before.count + 1)
    }

    @Test func `a session keeps what it had, and not a byte more`() throws {
        let content = randomBytes(900_000)
        let location = try client.append(Array(content[..<200_000]), to: client.startUpload("a"), at: 0)
        let before = try disk.contents()
        try disk.fill(leaving: 300_000)
        let range = [("Content-Range", "200000-899999")]
        expectFull(try client.patch(location, range, body: Array(content[200_000...])), "the storage is full")
        #expect(try client.get(location)["Range"] == "0-199999")
        #expect(try disk.contents() == before)
        try disk.clear()
        expect(try client.patch(location, range, body: Array(content[200_000...])), 202)
        expect(try client.finish(location, sha256(content)), 201)
        expectSame(try client.pullBlob(sha256(content), from: "a"), content)
    }

    @Test func `whoever fills the disk gives it back, so that others may go on at once`() throws {
        let (large, small) = (randomBytes(6 << 20), randomBytes(1 << 20))
        for way in Pushing.allCases {
            let request = try way.request(large, to: "a", client)
            // It may be closed on the way: 6 MiB are more than is read for the sake of an answer.
            if let response = try? request.send(Client(server)) { expectFull(response, "the storage is full") }
            try eventually("that there is room") { disk.free > 3 << 20 }
        }
        try client.pushBlob(small, to: "a")
    }
}

/// Everything on one disk, as it is without a configuration: the database needs the room that an upload took.
struct FaultFullDataTests {
    private let directory: TemporaryDirectory
    private let disk: SmallDisk

    init() throws {
        directory = try TemporaryDirectory()
        disk = try SmallDisk(mebibytes: 6, on: "data", in: directory)
    }

    @Test(arguments: Pushing.allCases)
    func `a push that fills it gives it back`(_ way: Pushing) throws {
        let server = try Server.onFiles(disk.path + "/blobs", in: directory)
        let client = Client(server)
        let image = try client.pushImage(to: "a", as: "latest")
        let request = try way.request(randomBytes(8 << 20), to: "a", client)
        for _ in 0..<3 {
            if let response = try? request.send(Client(server)) { expect(response, 507, "UNAVAILABLE") }
            try eventually("that there is room") { disk.free > 3 << 20 }
            expectSame(try client.get("/v2/a/manifests/latest").body, image.content)
            try client.pushImage(to: "a", as: "next")
        }
    }

    @Test func `sessions that nobody goes on with go, though there is no room to say so`() throws {
        let server = try Server.onFiles(disk.path + "/blobs", ["limits.upload-idle=1s"], in: directory)
        let client = Client(server)
        for _ in 0..<3 { _ = try client.append(randomBytes(500_000), to: client.startUpload("a"), at: 0) }
        try disk.fill()
        try eventually("that their files are gone; the log:\n\(server.log)") {
            try !disk.contents().keys.contains { $0.hasPrefix("blobs/uploads/") }
        }
        try disk.clear()
        try client.pushImage(to: "a", as: "latest")
        expect(try client.get("/v2/a/manifests/latest"), 200)
    }
}
