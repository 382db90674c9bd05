import MetadataSQL
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import RegistryCore

/// `--delete-source`, and what it leaves to be deleted.
struct MigratorRemovalTests {
    @Test func `what the target has goes from the source`() async throws {
        try await MovingWorld.with { world in
            let digests = try await world.fill()
            // Half of it is there already.
            let first = world.migrator()
            try await first.run()
            try await world.fill(40)
            let migrator = world.migrator(deletesSource: true)
            try await migrator.run()
            #expect(migrator.progress.copied.blobs == 20)
            #expect(migrator.removedFromSource == 40)
            #expect(try await world.source.isEmpty())
            #expect(try await world.target.keys().count == 40)
            #expect(try world.store.removals(on: nil, limit: 9) == [])
            for digest in digests { #expect(try world.locations(digest) == ["new"]) }
            // Nobody has been given an address, so nobody is waited for.
            #expect(world.time.pauses == [])
        }
    }

    @Test func `what the target lost stays on the source`() async throws {
        try await MovingWorld.with { world in
            let digests = try await world.fill()
            try await world.migrator().run()
            let lost = try #require(
                try world.store.blob(digests[7], in: world.app)?.locations.first { $0.backend == "new" }?.key)
            #expect(await world.target.delete([lost]).isEmpty)

            let migrator = world.migrator(deletesSource: true)
            try await migrator.run()
            #expect(migrator.failed.map(\.digest) == [digests[7]])
            #expect(migrator.failed[0].reason.hasPrefix("new lost it, so old keeps it: "))
            #expect(migrator.failed[0].repositories == [world.app])
            #expect(migrator.removedFromSource == 19)
            #expect(try world.locations(digests[7]) == ["new", "old"])
            #expect(try await world.source.keys().count == 1)
        }
    }

    @Test(arguments: [true, false])
    func `what is collected while it is looked for was not lost`(onTarget: Bool) async throws {
        try await MovingWorld.with { world in
            let digest = try await world.push("one")
            if onTarget { try await world.migrator().run() }
            let storage = onTarget ? world.target : world.source
            storage.before { [world] step in
                guard case .read(let object) = step else { return }
                _ = try await world.store.unlinkBlob(digest, in: world.app)
                _ = try await world.store.collectBlobs(
                    touchedBefore: Timestamp(milliseconds: .max), limit: 100, due: { [world] _ in world.time.now })
                _ = await storage.delete([object.key])
            }
            let migrator = world.migrator(deletesSource: true)
            try await migrator.run()
            #expect(migrator.failed == [])
            #expect(try world.locations(digest) == [])
        }
    }

    @Test func `what the target lost is copied again by the next run`() async throws {
        try await MovingWorld.with { world in
            let digest = try await world.push("one")
            try await world.migrator().run()
            let lost = try #require(try world.store.locations(of: digest).first { $0.backend == "new" })
            #expect(await world.target.delete([lost.key]).isEmpty)
            let first = world.migrator(deletesSource: true)
            try await first.run()
            #expect(first.failed.map(\.digest) == [digest])
            let second = world.migrator(deletesSource: true)
            try await second.run()
            #expect(second.failed == [] && second.progress.copied.blobs == 1)
            #expect(try world.locations(digest) == ["new"])
        }
    }

    @Test func `nothing goes while somebody may be on the way to it`() async throws {
        try await MovingWorld.with(urlLifetime: .seconds(20 * 60)) { world in
            let digests = try await world.fill()
            let seen = Mutex<[Int]>([])
            world.time.onPause { [world] _ in
                let count = try await world.source.keys().count
                for digest in digests { #expect(try world.locations(digest) == ["new"]) }
                seen.withLock { $0.append(count) }
            }
            let migrator = world.migrator(deletesSource: true)
            try await migrator.run()
            #expect(seen.withLock { $0 } == [20])
            #expect(world.time.pauses == [.seconds(20 * 60)])
            #expect(world.events.texts == ["waiting for readers"])
            #expect(try await world.source.isEmpty())
            #expect(migrator.removedFromSource == 20)
        }
    }

    @Test func `a source that does not delete is waited for, or ends the run`() async throws {
        try await MovingWorld.with { world in
            try await world.fill()
            let turn = Mutex(0)
            world.source.before { step in
                guard case .delete = step else { return }
                switch turn.withLock({ turn in
                    turn += 1
                    return turn
                }) {
                case 1...3: throw StorageError(.slowDown, "not so fast")
                case 4: throw StorageError(.failed, "read-only")
                default: return
                }
            }
            let migrator = world.migrator(deletesSource: true)
            let error = await #expect(throws: StorageError.self) { try await migrator.run() }
            #expect(error?.code == .failed)
            // Never without a pause in between.
            #expect(world.time.pauses.count == 3)
            #expect(try await world.source.keys().count == 20)
            #expect(try world.store.removals(on: "old", limit: 99).count == 20)

            // The rows are gone; the bytes are not forgotten.
            let again = world.migrator(deletesSource: true)
            try await again.run()
            #expect(again.removedFromSource == 20)
            #expect(try await world.source.isEmpty())
        }
    }

    @Test func `only what was adopted is copied, and its files stay what they are`() async throws {
        try await MovingWorld.with { world in
            let own = try await world.push("own")
            // As if another registry had put it there.
            let plan = UploadPlan(id: UploadID(), digest: digest(of: "adopted"))
            let upload = try await world.source.upload(plan)
            try await upload.append(ByteBuffer(string: "adopted"))
            let object = try await upload.commit(as: digest(of: "adopted"))
            let adopted = AdoptedBlob(digest: digest(of: "adopted"), object: object)
            _ = try await world.store.adoptBlobs(
                [adopted], on: "old", into: world.app, owning: false, at: world.time.now)

            let migrator = world.migrator(deletesSource: true, onlyAdopted: true)
            #expect(try await migrator.countBlobs() == BlobCount(blobs: 1, bytes: 7))
            try await migrator.run()
            #expect(try world.locations(adopted.digest) == ["new"])
            #expect(try world.locations(own) == ["old"])
            #expect(try await world.source.keys().count == 2)
            #expect(try await world.source.keys().contains(object.key))
            #expect(migrator.removedFromSource == 0)

            // Likewise when everything moves.
            try await world.migrator(deletesSource: true).run()
            #expect(try await world.source.keys() == [object.key])
        }
    }

    @Test func `an old registry's file that is adopted again while others are deleted stays`() async throws {
        try await MovingWorld.with { world in
            let (store, app, now) = (world.store, world.app, world.time.now)
            let blobs = (0..<3).map { number in
                AdoptedBlob(
                    digest: digest(of: "\(number)"),
                    object: StoredObject(key: ObjectKey("/docker/\(number)/data"), size: 1))
            }
            _ = try await store.adoptBlobs(blobs, on: "old", into: app, owning: true, at: now)
            let collected = try await store.collectBlobs(touchedBefore: now + .seconds(1), limit: 9) { _ in now }
            #expect(collected.removed.count == 3)
            let deleted = Mutex<[ObjectKey]>([])
            world.source.before { step in
                guard case .delete(let keys) = step else { return }
                deleted.withLock { $0 += keys }
                let others = blobs.filter { !keys.contains($0.object.key) }
                _ = try await store.adoptBlobs(others, on: "old", into: app, owning: true, at: now)
            }
            let outcome = try await Removals(metadata: store, backends: world.backends, now: { now })
                .removeDue(on: nil)
            #expect(outcome.removed == 1 && outcome.failed.isEmpty)
            #expect(deleted.withLock { $0.count } == 1)
            #expect(try store.removals(on: nil, limit: 9) == [])
        }
    }

    @Test func `objects go when they are due, and not before`() async throws {
        try await MovingWorld.with { world in
            let digests = try await world.fill(3)
            try await world.migrator().run()
            for (index, digest) in digests.enumerated() {
                let blob = try #require(
                    try world.store.blobs(onBoth: "old", and: "new", onlyAdopted: false, after: nil, limit: 9)
                        .first { $0.source.digest == digest }?.source)
                _ = try await world.store.forgetLocation(
                    of: blob, on: "old", keeping: "new", due: world.time.now + .seconds(10 * index))
            }
            let removals = Removals(metadata: world.store, backends: world.backends, now: { world.time.now })
            let start = world.time.now
            var outcome = try await removals.removeDue(on: nil)
            #expect(outcome.removed == 1)
            #expect(outcome.nextDue == start + .seconds(10))
            world.time.advance(.seconds(9))
            outcome = try await removals.removeDue(on: "old")
            #expect(outcome.removed == 0 && outcome.nextDue == start + .seconds(10))
            world.time.advance(.seconds(1))
            #expect(try await removals.removeDue(on: "new").removed == 0)
            #expect(try await removals.removeDue(on: "gone").removed == 0)

            world.source.before { step in if case .delete = step { throw StorageError(.failed, "stuck") } }
            outcome = try await removals.removeDue(on: nil)
            #expect(outcome.removed == 0 && outcome.failed.count == 1)
            world.source.before { _ in }
            outcome = try await removals.removeDue(on: nil)
            #expect(outcome.removed == 1 && outcome.failed.isEmpty)
            world.time.advance(.seconds(10))
            outcome = try await removals.removeDue(on: nil)
            #expect(outcome.removed == 1 && outcome.nextDue == nil)
            #expect(try await world.source.isEmpty())
        }
    }
}
