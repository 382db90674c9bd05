import Synchronization
import TestSupport
import Testing

@testable import MetadataSQL
@testable import RegistryCore

struct MigratorTests {
    @Test(arguments: [1, 4, 30])
    func `every blob is copied, and then there is nothing more to do`(jobs: Int) async throws {
        try await MovingWorld.with { world in
            let digests = try await world.fill()
            let count = try await world.migrator().countBlobs()
            #expect(count.blobs == 20)
            let first = world.migrator(jobs)
            try await first.run()
            for digest in digests {
                #expect(try world.locations(digest) == ["new", "old"])
                #expect(try await world.text(digest).map { RegistryCoreTests.digest(of: $0) } == digest)
            }
            #expect(first.progress.total == count)
            #expect(first.progress.copied == count)
            #expect(first.progress.failed == 0 && first.failed == [])
            #expect(try await world.source.keys().count == 20)
            try await world.expectNothingUnknownOnTarget()

            let uploads = world.target.uploads.withLock { $0 }
            let second = world.migrator(jobs)
            try await second.run()
            #expect(second.progress.total == BlobCount() && second.progress.copied == BlobCount())
            #expect(world.target.uploads.withLock { $0 } == uploads)
            #expect(world.events.texts == [])
        }
    }

    @Test func `blobs of both algorithms, and the empty one`() async throws {
        try await MovingWorld.with { world in
            let digests = [
                try await world.push("long", .sha512), try await world.push("short"), try await world.push(""),
                try await world.push("", .sha512),
            ]
            try await world.migrator().run()
            var texts: [String?] = []
            for digest in digests { texts.append(try await world.text(digest)) }
            #expect(texts == ["long", "short", "", ""])
        }
    }

    @Test func `more blobs than a page has`() async throws {
        try await MovingWorld.with { world in
            for number in 0..<503 { try await world.push("\(number)") }
            let migrator = world.migrator(deletesSource: true)
            try await migrator.run()
            #expect(migrator.progress.copied.blobs == 503)
            #expect(migrator.removedFromSource == 503)
            #expect(try await world.source.isEmpty())
            #expect(try await world.target.keys().count == 503)
        }
    }

    @Test func `what comes while it runs is copied too`() async throws {
        try await MovingWorld.with { world in
            try await world.fill()
            let late = Mutex<[Digest]>([])
            let number = Mutex(0)
            world.target.before { [world] step in
                guard case .commit = step else { return }
                // One more with every other blob, ten altogether, before and behind where it is.
                let current = number.withLock { number in
                    number += 1
                    return number
                }
                guard current.isMultiple(of: 2), current <= 20 else { return }
                let digest = try await world.push("late \(current)")
                late.withLock { $0.append(digest) }
            }
            let migrator = world.migrator()
            try await migrator.run()
            let digests = late.withLock { $0 }
            #expect(digests.count == 10)
            for digest in digests { #expect(try world.locations(digest) == ["new", "old"]) }
            #expect(migrator.progress.total.blobs == 20)
            #expect(migrator.progress.copied.blobs == 30)
        }
    }

    @Test func `a blob that is gone when its copy is there leaves nothing`() async throws {
        try await MovingWorld.with { world in
            let digests = try await world.fill()
            world.target.before { [world] step in
                guard case .commit(let plan) = step, plan.digest == digests[3] else { return }
                // As garbage collection does.
                let sql = "DELETE FROM blobs WHERE digest = '\(digests[3])'"
                try await world.store.write("collecting") { try $0.run(sql) }
            }
            let migrator = world.migrator()
            try await migrator.run()
            #expect(migrator.progress.copied.blobs == 19)
            #expect(migrator.failed == [])
            #expect(try await world.target.keys().count == 19)
            try await world.expectNothingUnknownOnTarget()
        }
    }

    @Test func `a copy that somebody took for dead is made again`() async throws {
        try await MovingWorld.with { world in
            let digests = try await world.fill()
            let isFirst = Mutex(true)
            world.target.before { [world] step in
                guard case .commit(let plan) = step, plan.digest == digests[3] else { return }
                let first = isFirst.withLock { isFirst in
                    defer { isFirst = false }
                    return isFirst
                }
                if first { try await world.store.endCopy(plan.id) }
            }
            let migrator = world.migrator()
            try await migrator.run()
            #expect(try world.locations(digests[3]) == ["new", "old"])
            #expect(migrator.failed == [])
            #expect(try await world.target.keys().count == 20)
            try await world.expectNothingUnknownOnTarget()
        }
    }

    @Test func `a copy that takes long says that it lives`() async throws {
        try await MovingWorld.with { world in
            let digest = try await world.push("slow")
            let touched = Mutex<[Timestamp]>([])
            world.target.before { [world] step in
                switch step {
                case .append:
                    world.time.advance(.seconds(61))
                    try touched.withLock { try $0 += world.copies().map(\.touched) }
                case .commit: try touched.withLock { try $0 += world.copies().map(\.touched) }
                default: break
                }
            }
            let began = world.time.now
            try await world.migrator().run()
            #expect(try world.locations(digest) == ["new", "old"])
            #expect(touched.withLock { $0 } == [began, began + .seconds(61)])
        }
    }
}
