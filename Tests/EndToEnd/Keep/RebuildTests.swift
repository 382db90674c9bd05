import Foundation
import Testing

struct RebuildTests {
    private struct Report: Decodable {
        var known: Int
        var replaced: Int
        var blobs: Int
        var snapshots: Int
    }

    @Test func `blobs that were pushed after the snapshot are known again`() async throws {
        try await blocking {
            let registry = try KeptRegistry()
            func rebuild() throws -> Report {
                let json = try registry.command("rebuild", "--backend", "disk", "--json")
                return try JSONDecoder().decode(Report.self, from: Data(json.utf8))
            }
            let server = try registry.serve()
            let old = try server.pushImages(2, to: "kept/app")
            try registry.command("backup")
            // Each has a layer of its own, and all the same config.
            let new = try server.pushImages(3, to: "kept/app", from: 2)
            let busy = try registry.uncheckedCommand(["rebuild", "--backend", "disk"])
            #expect(busy.exit == .code(69), "\(busy)")
            #expect(server.stop() == .code(0))

            try registry.command("restore", "disk")
            let first = try rebuild()
            #expect((first.known, first.blobs, first.snapshots) == (3, 3, 1))
            let second = try rebuild()
            #expect((second.known, second.blobs, second.snapshots) == (6, 0, 1))

            let restored = try registry.serve()
            try restored.check(old)
            // Images do not come back by that, and neither may anybody read their layers.
            let client = Client(restored)
            let layer = try #require(
                try JSONDecoder().decode(ManifestDocument.self, from: Data(new[0].manifest.content)).layers?.first)
            #expect(try client.get("/v2/kept/app/manifests/v2").status == 404)
            #expect(try client.get("/v2/kept/app/blobs/\(layer.digest)").status == 404)
            // Nobody uses them: they go, and nothing else does.
            let said = try registry.command("gc", "--set", "gc.grace=0s")
            #expect(said.hasPrefix("removed 3 blobs"), "\(said)")
            try restored.check(old)
        }
    }

    @Test func `what was put back under another name takes the place of what is gone or damaged`() async throws {
        try await blocking {
            let registry = try KeptRegistry()
            let server = try registry.serve()
            let images = try server.pushImages(2, to: "kept/app")
            #expect(server.stop() == .code(0))
            let root = registry.directory("disk/blobs")
            func layer(of image: KeptImage) throws -> String {
                let document = try JSONDecoder().decode(ManifestDocument.self, from: Data(image.manifest.content))
                let hex = try #require(document.layers?.first).digest.dropFirst("sha256:".count)
                let name = try #require(files(below: root).first { $0.contains(hex) })
                // As whoever has a copy of the folder may do, with an id that was never used.
                let copy = name.dropLast(36) + UUID().uuidString.lowercased()
                try FileManager.default.copyItem(atPath: "\(root)/\(name)", toPath: "\(root)/\(copy)")
                return "\(root)/\(name)"
            }
            let (damaged, gone) = (try layer(of: images[0]), try layer(of: images[1]))
            var bytes = try contents(of: damaged)
            bytes[bytes.count / 2] ^= 1
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: damaged))
            try handle.write(contentsOf: Data(bytes))
            try handle.close()
            let scrub = try registry.uncheckedCommand(["scrub"])
            #expect(scrub.exit == .code(1) && scrub.errors.contains("1 blob is damaged"), "\(scrub)")
            try FileManager.default.removeItem(atPath: gone)

            let json = try registry.command("rebuild", "--backend", "disk", "--json")
            let report = try JSONDecoder().decode(Report.self, from: Data(json.utf8))
            #expect((report.known, report.replaced, report.blobs) == (2, 2, 0), "\(json)")
            try registry.serve().check(images)
            let clean = try registry.uncheckedCommand(["scrub"])
            #expect(clean.exit == .code(0), "\(clean)")
        }
    }

    @Test func `what a rebuild leaves, or a new database may not know, stays until somebody says that it may go`()
        async throws
    {
        try await blocking {
            let registry = try KeptRegistry()
            let server = try registry.serve()
            _ = try server.pushImages(1, to: "kept/app")
            #expect(server.stop() == .code(0))
            try FileManager.default.removeItem(atPath: registry.data)
            let stay = "objects that no row knows stay"
            #expect(try registry.command("rebuild", "--backend", "disk").contains(stay))
            #expect(try !registry.command("rebuild", "--backend", "disk").contains(stay))

            let collecting = try registry.serve(settings: ["gc.interval=20ms", "gc.grace=0s"])
            func expectKept(_ name: String) throws {
                try collecting.waitForCollections(4)
                #expect(registry.stored().contains(name))
                #expect(collecting.stop() == .code(0))
            }
            func expectGone(_ name: String) throws {
                try registry.command("gc", "--orphans", "--set", "gc.grace=0s")
                try collecting.start()
                try eventually("that \(name) goes; the log: \(collecting.log)") { !registry.stored().contains(name) }
                #expect(collecting.stop() == .code(0))
            }
            // The first rebuild was by a database that knew nothing.
            let first = try registry.leaveObject()
            try expectKept(first)
            try expectGone(first)

            let second = "blobs/" + strayName(randomBytes(10))
            try registry.directory.write(randomBytes(10), to: "disk/\(second)")
            let damaged = try registry.uncheckedCommand(["rebuild", "--backend", "disk", "--verify"])
            #expect(damaged.exit == .code(1) && damaged.output.contains(stay), "\(damaged)")
            try collecting.start()
            try expectKept(second)
            try expectGone(second)
        }
    }

    @Test func `while a server runs, a rebuild makes nothing`() async throws {
        try await blocking {
            let registry = try KeptRegistry()
            let server = try registry.serve()
            defer { withExtendedLifetime(server) {} }
            let more = "storage.backends.new={driver: fs, root: \"\(registry.directory("new"))\"}"
            let busy = try registry.uncheckedCommand(["rebuild", "--backend", "new", "--set", more])
            #expect(busy.exit == .code(69), "\(busy)")
            #expect(!FileManager.default.fileExists(atPath: registry.directory("new")))
        }
    }
}
