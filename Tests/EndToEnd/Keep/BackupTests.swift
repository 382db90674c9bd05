import Foundation
import Glibc
import Testing

/// Snapshots of the database: by command, and on the server's own schedule.
struct BackupTests {
    @Test func `a snapshot that is made while clients push is whole`() async throws {
        try await blocking {
            let registry = try KeptRegistry()
            let server = try registry.serve()
            let pushers = 3
            let before = try (0..<pushers).flatMap { try server.pushImages(5, to: "kept/r\($0)") }
            let stop = Counter()
            let pushing = (0..<pushers).map { pusher in
                Background {
                    var images: [KeptImage] = []
                    while stop.value == 0 {
                        images += try server.pushImages(1, to: "kept/r\(pusher)", from: 5 + images.count)
                    }
                    return images
                }
            }
            let snapshot = registry.directory("snapshot.db")
            let said = try registry.command("backup", snapshot)
            #expect(said.contains(snapshot), "\(said)")
            stop.add()
            let meanwhile = try pushing.flatMap { try $0.join() }
            try server.check(before + meanwhile)
            #expect(server.stop() == .code(0))

            try registry.command("restore", snapshot)
            let restored = try registry.serve()
            try restored.check(before)
            // Of what came meanwhile each image is there with all that belongs to it, or not at all.
            let client = Client(restored)
            let there = try meanwhile.filter {
                try client.get("/v2/\($0.repository)/manifests/\($0.tag)").status == 200
            }
            try restored.check(there)
        }
    }

    @Test func `the server makes them on schedule, and keeps the last`() async throws {
        try await blocking {
            let registry = try KeptRegistry()
            let server = try registry.serve(
                settings: ["backup.interval=1s", "backup.keep=2", "http.admin-listen=127.0.0.1:0"], listeners: 2)
            let first = try server.pushImages(1, to: "kept/app")
            try eventually("the first snapshot; the log: \(server.log)") { !registry.snapshots().isEmpty }
            let old = registry.snapshots()
            try eventually("that the first is gone; the log: \(server.log)") {
                let now = registry.snapshots()
                return now.count == 2 && !old.contains { now.contains($0) }
            }
            #expect(try server.storedBlobsOnDisk(registry) == 2)
            let metrics = try Client(port: server.ports[1]).get("/metrics").text
            #expect(metrics.contains("\nregistryd_backup_last_success_time_seconds "), "\(metrics)")
            #expect(files(below: registry.data).contains("backup.db") == false || server.isRunning)
            // Nobody takes them for garbage.
            try registry.command("gc", "--orphans", "--set", "gc.grace=0s")
            #expect(!registry.snapshots().isEmpty)
            #expect(server.stop() == .code(0))

            let newest = try #require(registry.snapshots().last)
            let said = try registry.command("restore", "disk")
            #expect(said.contains("disk/backups/\(newest)"), "\(said)")
            try registry.serve().check(first)
        }
    }

    @Test func `a server whose backend fails to take one says so, and goes on`() async throws {
        try await blocking {
            let registry = try KeptRegistry()
            // A folder cannot be made below a file.
            _ = try registry.directory.write("", to: "file")
            let server = try registry.serve(
                settings: ["backup.interval=1s", "backup.to=\(registry.directory("file/backups"))"])
            try eventually("that it says so") { server.log.contains("no snapshot of the database could be made") }
            try server.check(try server.pushImages(1, to: "kept/app"))
        }
    }

    @Test func `a file is never overwritten, and a folder gets one after the other`() async throws {
        try await blocking {
            let registry = try KeptRegistry()
            let server = try registry.serve()
            _ = try server.pushImages(1, to: "kept/app")
            let file = try registry.directory.write("precious", to: "notes.db")
            let refused = try registry.uncheckedCommand(["backup", file])
            #expect(refused.exit == .code(1), "\(refused)")
            #expect(refused.errors.contains("\(file) is there already"), "\(refused)")
            #expect(try contents(of: file) == Array("precious".utf8))

            let folder = registry.directory("backups")
            for _ in 0..<3 { try registry.command("backup", folder + "/", "--set", "backup.keep=2") }
            let names = files(below: folder)
            #expect(names.count == 2, "\(names)")
            // Only their owner may read them, as they hold hashes of passwords.
            for path in names.map({ "\(folder)/\($0)" }) {
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode == 0o600)
            }
            let json = try registry.command("backup", "--json")
            #expect(json.contains("disk/backups/"), "\(json)")
            #expect(registry.snapshots().count == 1)
            #expect(files(below: registry.data).contains("backup.db") == false)
        }
    }

    @Test func `there is no snapshot of nothing`() async throws {
        try await blocking {
            let registry = try KeptRegistry()
            let result = try registry.uncheckedCommand(["backup"])
            #expect(result.exit == .code(1), "\(result)")
            #expect(result.errors.contains("there is no database \(registry.database)"), "\(result)")
            #expect(registry.snapshots().isEmpty)
        }
    }
}

extension Server {
    /// Without snapshots.
    fileprivate func storedBlobsOnDisk(_ registry: KeptRegistry) throws -> Int {
        files(below: registry.directory("disk/blobs")).count { !$0.hasPrefix("backups/") }
    }
}
