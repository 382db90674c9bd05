import MetadataSQL
import Synchronization
import TestSupport
import Testing

@testable import RegistryCore

/// A scrub that is stopped, and goes on.
struct ScrubResumingTests {
    /// Stops when it reads this one.
    private func stop(_ world: MovingWorld, at digest: Digest, jobs: Int) async throws {
        let object = try #require(try world.object(digest))
        world.source.before { step in
            if case .read(let read) = step, read.key == object.key { throw StorageError(.misconfigured, "stop") }
        }
        await #expect(throws: StorageError.self) { try await world.scrubber(jobs: jobs).run() }
        world.source.before { _ in }
    }

    private func reads(_ world: MovingWorld) -> Counted {
        let counted = Counted()
        world.source.before { step in
            if case .read(let read) = step { counted.keys.withLock { $0.append(read.key) } }
        }
        return counted
    }

    final class Counted: Sendable {
        let keys = Mutex<[ObjectKey]>([])
    }

    @Test(arguments: [1, 4])
    func `it goes on where it was, and then begins anew`(_ jobs: Int) async throws {
        try await MovingWorld.with { world in
            let digests = try await world.fill()
            let objects = try digests.map { try #require(try world.object($0)).key }
            try await stop(world, at: digests[10], jobs: jobs)
            let stopped = try #require(try world.progress())
            #expect(stopped.state == .interrupted && stopped.finished == nil)
            let done = try stopped.position.map { try #require(digests.firstIndex(of: $0)) + 1 } ?? 0
            #expect(done <= 10 && stopped.checked.blobs == done)
            if jobs == 1 { #expect(done == 10) }

            let second = reads(world)
            world.time.advance(.seconds(100))
            try await world.scrubber(jobs: jobs).run()
            #expect(Set(second.keys.withLock { $0 }) == Set(objects[done...]))
            let finished = try #require(try world.progress())
            #expect(finished.state == .finished && finished.checked == finished.total)
            #expect(finished.started == stopped.started && finished.finished == world.time.now)

            let third = reads(world)
            world.time.advance(.seconds(100))
            try await world.scrubber(jobs: jobs).run()
            #expect(Set(third.keys.withLock { $0 }) == Set(objects))
            #expect(try #require(try world.progress()).started > finished.started)
        }
    }

    @Test func `until it knows where to go on it writes nothing down`() async throws {
        try await MovingWorld.with { world in
            let digests = try await world.fill()
            try await stop(world, at: digests[10], jobs: 1)
            let before = try world.progress()
            try await world.scrubber().save()
            #expect(try world.progress() == before)
        }
    }

    @Test func `what was found before it was stopped is known, and repaired by the next run`() async throws {
        try await MovingWorld.with { world in
            let digests = try await world.fill()
            try await world.migrator().run()
            try world.replace(digests[2], by: "other")
            try await stop(world, at: digests[10], jobs: 1)
            #expect(try world.damages() == [digests[2]])
            let log = MovingWorld.ScrubLog()
            let scrubber = world.scrubber(log, repairs: true)
            try await scrubber.run()
            #expect(log.texts == ["damaged", "repaired from new"])
            #expect(try world.damages() == [])
            #expect(scrubber.progress.damaged == 1 && scrubber.progress.repaired == 1)
        }
    }

    @Test func `who is cancelled keeps what was done`() async throws {
        try await MovingWorld.with { world in
            let digests = try await world.fill()
            let object = try #require(try world.object(digests[10]))
            world.source.before { step in
                if case .read(let read) = step, read.key == object.key { withUnsafeCurrentTask { $0?.cancel() } }
            }
            let run = Task { [world] in try await world.scrubber(jobs: 1).run() }
            await #expect(throws: CancellationError.self) { try await run.value }
            let progress = try #require(try world.progress())
            #expect(progress.state == .interrupted && progress.position == digests[9])
        }
    }

    @Test func `the backend whose scrub was stopped comes first, then the one that was read longest ago`() async throws
    {
        try await MovingWorld.with { world in
            let names = ["a", "b", "c", "d"]
            #expect(try await world.store.scrubOrder(of: names.reversed()) == names)
            for (name, state, time) in [
                ("a", ScrubProgress.State.finished, Int64(20)), ("b", .finished, 10), ("d", .interrupted, 30),
            ] {
                var progress = ScrubProgress(
                    backend: name, total: BlobCount(), started: Timestamp(milliseconds: time))
                progress.state = state
                try await world.store.saveScrub(progress)
            }
            #expect(try await world.store.scrubOrder(of: names) == ["d", "c", "b", "a"])
        }
    }
}
