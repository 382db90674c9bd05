import Foundation
import Testing

/// A disk that blocks must not hold up those who do not need it.
@Suite(.serialized)
struct FilesSlowDiskTests {
    private let disk: PreloadedDisk
    private let directory: TemporaryDirectory

    init() throws {
        disk = try PreloadedDisk()
        directory = try TemporaryDirectory()
    }

    private func server(_ environment: [String: String]) throws -> Server {
        let under = ["DISK_UNDER": directory("data/blobs/uploads/"), "DISK_ARMED": disk.armed]
        return try Server(
            environment: disk.environment(under.merging(environment) { $1 }), directory: directory)
    }

    /// Eight pushes, in the ways that write from different places.
    private func push(to server: Server) -> [Background<Int>] {
        (0..<8).map { index in
            Background {
                let client = Client(server)
                let content = randomBytes([3000, 700_000][index % 2])
                if index % 4 < 2 {
                    return try client.finish(client.startUpload("p\(index)"), sha256(content), body: content).status
                }
                let location = try client.append(content, to: client.startUpload("p\(index)"), at: 0)
                return try client.finish(location, sha256(content)).status
            }
        }
    }

    @Test func `while every write hangs, manifests and other blobs are served`() throws {
        let server = try server(["DISK_HOLD": disk.hold])
        let client = Client(server)
        let image = try client.pushImage(to: "a", as: "latest")
        let blob = randomBytes(1 << 20)
        let digest = try client.pushBlob(blob, to: "a")
        try disk.create(disk.hold)
        try disk.create(disk.armed)
        let pushes = push(to: server)
        try eventually("that all eight hang: \((try? disk.events().suffix(20)) ?? [])") {
            Set(try disk.events().filter { $0.hasPrefix("held ") }).count >= 8
        }

        for _ in 0..<100 {
            // Some on connections of their own, as they spread over the event loops.
            expectSame(try Client(server).get("/v2/a/manifests/latest").body, image.content)
            expectSame(try client.get("/v2/a/manifests/latest").body, image.content)
            expect(try client.head("/v2/a/blobs/\(digest)"), 200)
        }
        for _ in 0..<10 { expectSame(try client.pullBlob(digest, from: "a"), blob) }
        // Nor is what needs the database alone.
        for index in 0..<10 { try client.pushManifest(image, to: "a", as: "t\(index)") }
        #expect(pushes.allSatisfy { !$0.isDone })

        try disk.remove(disk.hold)
        for push in pushes { #expect(try push.join() == 201) }
    }

    @Test func `while every write takes a second, manifests and other blobs are served`() throws {
        let server = try server(["DISK_DELAY": "1000"])
        let client = Client(server)
        let image = try client.pushImage(to: "a", as: "latest")
        let blob = randomBytes(100_000)
        let digest = try client.pushBlob(blob, to: "a")
        try disk.create(disk.armed)
        let pushes = push(to: server)
        var served = 0
        while pushes.allSatisfy({ !$0.isDone }) {
            expectSame(try client.get("/v2/a/manifests/latest").body, image.content)
            expectSame(try client.pullBlob(digest, from: "a"), blob)
            served += 1
        }
        // A push takes two seconds at least, a write's and a sync's. Had they held the event loops, there would be a
        // few.
        #expect(served >= 20)
        for push in pushes { #expect(try push.join() == 201) }
    }
}
