import Foundation
import MetadataSQL
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import RegistryCore

/// Objects that no row knows: when they are looked for, and which of them go.
@Suite struct OrphanTests {
    /// A registry over one storage that is this database's, and the day's clock.
    private struct World {
        let fixture: Fixture
        let storage: MarkedStorage
        let registry: Registry

        static func with(_ id: String? = "A", _ body: (World) async throws -> Void) async throws {
            try await Fixture.with { fixture in
                let storage = MarkedStorage(id)
                _ = try await fixture.store.expectInstallation(of: "disk", orElse: "A")
                try await body(
                    World(
                        fixture: fixture, storage: storage,
                        registry: fixture.registry(["disk": storage], active: "disk")))
            }
        }

        func collect(orphans: Bool = false) async throws -> GarbageReport {
            try await fixture.collect(orphans: orphans, by: registry)
        }

        var listings: Int { storage.state.withLock { $0.listings } }

        /// Lets the grace pass, and not more.
        func waitOut() { fixture.clock.advance(24 * Fixture.hour + 1) }
    }

    @Test func `one goes between one grace and two after it was left, and nothing else does`() async throws {
        try await World.with { world in
            let (storage, clock) = (world.storage, world.fixture.clock)
            let live = digest(of: "live")
            try await world.registry.push(body(["live"]), in: world.fixture.app, as: live)
            try await world.fixture.putImage(of: live, as: "latest", by: world.registry)
            let other = UploadPlan(id: UploadID(), digest: live).key
            for name in [
                "backups/20261123T093000Z.\(UploadID())", "blobs/\(other)", "registryd-storage",
                "sha256/ab/thesis.tex", "/docker/registry/v2/blobs/sha256/ab/data",
            ] {
                try await storage.leave(name, as: ObjectKey(name))
            }
            let kept = try await storage.keys()
            #expect(kept.count == 6)

            let first = try await storage.leave("first")
            #expect(try await world.collect().youngOrphans == 1)
            clock.advance(1)
            let second = try await storage.leave("second", as: UploadPlan(id: UploadID()).key)
            // Until the grace has passed nothing is listed: that costs as much as there is.
            clock.advance(24 * Fixture.hour - 1)
            #expect(try await world.collect().isEmpty)
            #expect(world.listings == 1)
            clock.advance(1)
            let report = try await world.collect()
            #expect(world.listings == 2)
            #expect((report.orphans, report.youngOrphans, report.objects) == (1, 1, 1))
            #expect(try await storage.keys() == kept.union([second]))
            #expect(first != second)
            world.waitOut()
            #expect(try await world.collect().orphans == 1)
            #expect(try await storage.keys() == kept)
        }
    }

    @Test func `of a restored database nobody looks until somebody says that it is whole`() async throws {
        try await World.with { world in
            let folder = FileManager.default.temporaryDirectory.appending(path: "orphans-\(UploadID())")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let path = folder.appending(path: "snapshot.db").path
            try Data().write(to: URL(filePath: path))
            try await world.fixture.store.snapshot(to: path)
            _ = try SnapshotFile.prepare(path, called: "it", at: world.fixture.clock.now)
            let store = try SQLiteStore(path: path, logger: world.registry.logger)
            let registry = Registry(
                metadata: store, backends: world.registry.backends, settings: .openToAll,
                logger: world.registry.logger, now: { [clock = world.fixture.clock] in clock.now })
            let object = try await world.storage.leave("pushed after the snapshot")

            for _ in 0..<3 {
                let report = try await world.fixture.collect(by: registry)
                #expect(report.restored != nil)
                #expect(report.isEmpty && report.youngOrphans == 0)
                world.waitOut()
            }
            #expect(world.listings == 0)
            var shown: [Garbage] = []
            try await registry.previewGarbage(orphans: false) { shown.append($0) }
            #expect(shown.isEmpty)
            try await registry.previewGarbage(orphans: true) { shown.append($0) }
            #expect(shown.count == 1)
            #expect(try store.restored() != nil)

            #expect(try await world.fixture.collect(orphans: true, by: registry).youngOrphans == 1)
            #expect(try store.restored() == nil)
            #expect(try await world.storage.keys() == [object])
            // From now on the schedule does it.
            world.waitOut()
            #expect(try await world.fixture.collect(by: registry).orphans == 1)
            #expect(try await world.storage.keys() == [])
            try await store.close()
        }
    }

    @Test func `a storage that is not this database's is left alone, also when somebody asks`() async throws {
        try await World.with("B") { world in
            let object = try await world.storage.leave("another's")
            for orphans in [false, true, true] {
                let report = try await world.collect(orphans: orphans)
                #expect(report.unlisted["disk"]?.contains("the mark of B says B") == true, "\(report)")
                #expect(report.isEmpty)
                world.waitOut()
            }
            #expect(world.listings == 0)
            #expect(try await world.storage.keys() == [object])
        }
    }

    @Test func `a storage that does not say which it is is listed only when somebody asks`() async throws {
        try await World.with(nil) { world in
            try await world.storage.leave("lost")
            #expect(try await world.collect() == GarbageReport())
            #expect(world.listings == 0)
            #expect(try await world.collect(orphans: true).youngOrphans == 1)
            world.waitOut()
            #expect(try await world.collect().orphans == 0)
            #expect(try await world.collect(orphans: true).orphans == 1)
            #expect(try await world.storage.keys() == [])

            // One that was away at the start says so later.
            try await world.storage.leave("lost again")
            world.storage.state.withLock { $0.id = "A" }
            world.waitOut()
            #expect(try await world.collect().youngOrphans == 1)
        }
    }

    @Test(arguments: [true, false])
    func `a backend that fails holds up no other, and is listed when it is back`(_ isAway: Bool) async throws {
        try await World.with { world in
            let other = MarkedStorage("B")
            _ = try await world.fixture.store.expectInstallation(of: "other", orElse: "B")
            let registry = world.fixture.registry(["disk": world.storage, "other": other], active: "disk")
            for storage in [world.storage, other] { try await storage.leave("lost") }
            world.storage.state.withLock {
                $0.readyError = isAway ? .unavailable : nil
                $0.listError = .unavailable
            }
            let report = try await world.fixture.collect(by: registry)
            #expect(Array(report.unlisted.keys) == ["disk"])
            #expect(report.youngOrphans == 1)
            world.storage.state.withLock { ($0.readyError, $0.listError) = (nil, nil) }
            world.fixture.clock.advance(1)
            let next = try await world.fixture.collect(by: registry)
            #expect(next.unlisted.isEmpty)
            #expect(next.youngOrphans == 1)
            #expect(other.state.withLock { $0.listings } == 1)
        }
    }

    @Test func `a clock that was set back does not put it off`() async throws {
        try await World.with { world in
            world.fixture.clock.advance(1000 * Fixture.hour)
            _ = try await world.collect()
            world.fixture.clock.advance(-1000 * Fixture.hour)
            try await world.storage.leave("lost")
            #expect(try await world.collect().youngOrphans == 1)
        }
    }

    @Test func `a preview shows what a collection would look at, and notes nothing`() async throws {
        try await World.with { world in
            let key = try await world.storage.leave("lost")
            func preview(orphans: Bool = false) async throws -> [Garbage] {
                var found: [Garbage] = []
                try await world.registry.previewGarbage(orphans: orphans) { found.append($0) }
                return found
            }
            let object = StoredObject(key: key, size: 4)
            for _ in 0..<2 {
                #expect(try await preview() == [.youngOrphan(object, backend: "disk", seen: nil)])
            }
            #expect(try world.fixture.store.installation(of: "disk")?.orphansListed == nil)
            #expect(try await world.collect().youngOrphans == 1)
            #expect(try await preview() == [])
            let seen = world.fixture.clock.now
            #expect(try await preview(orphans: true) == [.youngOrphan(object, backend: "disk", seen: seen)])
            world.waitOut()
            #expect(try await preview() == [.orphan(object, backend: "disk", seen: seen)])
            #expect(try await world.collect().orphans == 1)
        }
    }
}
