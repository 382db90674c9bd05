import Foundation
import Testing

struct RebuildTests {
    private struct Report: Decodable {
        var known: Int
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
}
