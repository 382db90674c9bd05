import MetadataSQL
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import RegistryCore

struct ScrubRepairTests {
    /// Both backends have everything; this one of the first is damaged.
    private func damaged(_ world: MovingWorld) async throws -> Digest {
        let digests = try await world.fill()
        try await world.migrator().run()
        try world.replace(digests[3], by: "other")
        return digests[3]
    }

    @Test func `what is damaged is replaced from a backend that has a good copy`() async throws {
        try await MovingWorld.with { world in
            let digest = try await damaged(world)
            let old = try #require(try world.object(digest))
            let log = MovingWorld.ScrubLog()
            let scrubber = world.scrubber(log, repairs: true)
            try await scrubber.run()
            #expect(log.texts == ["damaged", "repaired from new"])
            #expect(log.damaged.first?.copies == ["new"])
            #expect(scrubber.repaired == 1 && scrubber.progress.repaired == 1)
            #expect(try world.damages() == [])
            #expect(try world.object(digest)?.key != old.key)
            #expect(try world.locations(digest) == ["new", "old"])
            #expect(try world.store.removals(on: "old", limit: 9) == [])
            #expect(try await !world.source.keys().contains(old.key))
            #expect(try await world.source.keys().count == 20)
            let again = MovingWorld.ScrubLog()
            try await world.scrubber(again).run()
            #expect(again.texts == [])
            #expect(try world.copies() == [])
        }
    }

    @Test func `without being told to it replaces nothing`() async throws {
        try await MovingWorld.with { world in
            let digest = try await damaged(world)
            let old = try world.object(digest)
            let log = MovingWorld.ScrubLog()
            try await world.scrubber(log).run()
            #expect(log.texts == ["damaged"])
            #expect(try world.damages() == [digest])
            #expect(try world.object(digest) == old)
        }
    }

    @Test func `a copy that is damaged, too, is noted, and nothing is replaced`() async throws {
        try await MovingWorld.with { world in
            let digest = try await damaged(world)
            try world.replace(digest, by: "another", on: "new")
            let log = MovingWorld.ScrubLog()
            let scrubber = world.scrubber(log, repairs: true)
            try await scrubber.run()
            #expect(log.texts == ["damaged", "not repaired from new"])
            #expect(try world.damages() == [digest] && world.damages(on: "new") == [digest])
            #expect(scrubber.repaired == 0)
            #expect(try world.copies() == [])
        }
    }

    @Test func `a backend that goes away while it is repaired from is waited for`() async throws {
        try await MovingWorld.with { world in
            let digest = try await damaged(world)
            let isDown = Mutex(true)
            world.target.before { step in
                if case .read = step, isDown.withLock({ $0 }) { throw StorageError(.unavailable, "away") }
            }
            world.time.onPause { number in if number == 2 { isDown.withLock { $0 = false } } }
            let log = MovingWorld.ScrubLog()
            try await world.scrubber(log, repairs: true).run()
            #expect(log.texts == ["damaged", "waiting for new", "new is back", "repaired from new"])
            #expect(try world.damages() == [] && world.locations(digest) == ["new", "old"])
        }
    }

    @Test func `no room ends it, with the damage noted`() async throws {
        try await MovingWorld.with { world in
            let digest = try await damaged(world)
            world.source.before { step in
                if case .upload = step { throw StorageError(.full, "no room") }
            }
            await #expect(throws: StorageError.self) { try await world.scrubber(repairs: true).run() }
            #expect(try world.damages() == [digest])
            #expect(try world.progress()?.state == .interrupted)
        }
    }

    @Test func `a push in between is not undone`() async throws {
        try await MovingWorld.with { world in
            let digest = try await damaged(world)
            let text = try #require(try await world.text(digest))
            // It is damaged everywhere when it is pushed.
            let other = try #require(try world.object(digest, on: "new"))
            world.target.before { [world] step in
                guard case .read(let read) = step, read.key == other.key else { return }
                _ = try await world.store.noteDamage(
                    "x", of: digest, at: BlobLocation(backend: "new", key: other.key), at: world.time.now)
                try await world.push(text)
            }
            let log = MovingWorld.ScrubLog()
            let scrubber = world.scrubber(log, repairs: true)
            try await scrubber.run()
            #expect(log.texts == ["damaged"] && scrubber.repaired == 0)
            #expect(try world.damages() == [])
            #expect(try world.copies() == [])
        }
    }
}
