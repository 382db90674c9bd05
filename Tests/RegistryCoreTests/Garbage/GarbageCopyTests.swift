import MetadataSQL
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import RegistryCore

/// A blob that is collected while it is on its way to another backend: see ``GarbageInterleavingTests`` for the others.
@Suite struct GarbageCopyTests {
    enum Moment: CaseIterable {
        case beforeItIsRead, beforeItsUpload, amidItsBytes, beforeItIsKnown
    }

    /// Two blobs, of which a collection takes the first.
    private func fill(_ world: MovingWorld) async throws -> (dead: Digest, live: Digest) {
        let dead = try await world.push("dead")
        world.time.advance(.seconds(25 * 3600))
        return (dead, try await world.push("live"))
    }

    /// Does something once, at a moment of a blob's copy.
    private func at(
        _ moment: Moment, of digest: Digest, _ world: MovingWorld, _ body: @escaping @Sendable () async throws -> Void
    ) throws {
        let key = try #require(try world.store.locations(of: digest).first).key
        let isOver = Mutex(false)
        let hook: @Sendable (HookedStorage.Step) async throws -> Void = { step in
            let isIt =
                switch (moment, step) {
                case (.beforeItIsRead, .read(let object)): object.key == key
                case (.beforeItsUpload, .upload(let plan)), (.amidItsBytes, .append(let plan)),
                    (.beforeItIsKnown, .commit(let plan)):
                    plan.digest == digest
                default: false
                }
            guard isIt else { return }
            let isFirst = isOver.withLock { isOver in
                defer { isOver = true }
                return !isOver
            }
            if isFirst { try await body() }
        }
        world.source.before(hook)
        world.target.before(hook)
    }

    private func collect(_ world: MovingWorld) async throws -> GarbageReport {
        var report = GarbageReport()
        try await world.registry.collectGarbage(&report)
        return report
    }

    @Test(arguments: Moment.allCases)
    func `a copy of what is gone meanwhile is nobody's, and is removed`(_ moment: Moment) async throws {
        try await MovingWorld.with { world in
            let (dead, live) = try await fill(world)
            try at(moment, of: dead, world) {
                let report = try await collect(world)
                #expect(report.blobs == 1 && report.objects == 1)
            }
            let migrator = world.migrator(1)
            try await migrator.run()
            #expect(migrator.failed == [])
            #expect(try world.store.locations(of: dead) == [])
            #expect(try world.store.countDamages() == [:])
            #expect(try world.locations(live) == ["new", "old"])
            #expect(try await world.source.keys().count == 1)
            #expect(try await world.target.keys().count == 1)
            try await world.expectNothingUnknownOnTarget()
        }
    }

    @Test func `so is one that is made known when the collection is decided already`() async throws {
        try await MovingWorld.with { world in
            let (dead, live) = try await fill(world)
            let collection = HeldCollection(world.store)
            try at(.beforeItIsKnown, of: dead, world) {
                await collection.begin(touchedBefore: world.time.now - .seconds(24 * 3600))
            }
            let migrator = world.migrator(1)
            try await migrator.run()
            #expect(try await collection.end() == [dead])
            #expect(migrator.failed == [])
            #expect(try world.store.locations(of: dead) == [])
            #expect(try world.locations(live) == ["new", "old"])
            #expect(try await world.target.keys().count == 1)
            try await world.expectNothingUnknownOnTarget()
        }
    }

    @Test(arguments: Moment.allCases)
    func `a blob that goes and comes again meanwhile is whole wherever it is`(_ moment: Moment) async throws {
        try await MovingWorld.with { world in
            let (dead, _) = try await fill(world)
            try at(moment, of: dead, world) {
                #expect(try await collect(world).blobs == 1)
                try await world.push("dead")
            }
            let migrator = world.migrator(1)
            try await migrator.run()
            #expect(migrator.failed == [])
            #expect(try world.locations(dead) == ["new", "old"])
            #expect(try await world.text(dead) == "dead")
            let blob = try #require(try world.store.blob(dead, in: world.app))
            #expect(try await RegistryCoreTests.text(blob, from: world.registry) == "dead")
            try await world.expectNothingUnknownOnTarget()
        }
    }
}
