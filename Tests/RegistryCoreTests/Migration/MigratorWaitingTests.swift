import MetadataSQL
import Synchronization
import TestSupport
import Testing

@testable import RegistryCore

/// A backend that is away, and comes back.
struct MigratorWaitingTests {
    enum Outage: String, CaseIterable {
        case reading, beginning, appending, committing, slowing
    }

    @Test(arguments: Outage.allCases)
    func `a run waits for a backend, says so once, and goes on`(_ outage: Outage) async throws {
        try await MovingWorld.with { world in
            let digests = try await world.fill()
            let isDown = Mutex(false)
            let steps = Mutex(0)
            let hook: @Sendable (HookedStorage.Step) async throws -> Void = { step in
                switch (outage, step) {
                case (.reading, .read), (.beginning, .upload), (.appending, .append), (.committing, .commit),
                    (.slowing, .append):
                    break
                default: return
                }
                steps.withLock { steps in
                    steps += 1
                    if steps == 8 { isDown.withLock { $0 = true } }
                }
                if isDown.withLock({ $0 }) {
                    throw StorageError(outage == .slowing ? .slowDown : .unavailable, "nobody is there")
                }
            }
            (outage == .reading ? world.source : world.target).before(hook)
            // It is over when each of the four has waited several times, and all wait.
            let held = Mutex(0)
            world.time.onPause { number in
                guard number >= 12 else { return }
                held.withLock { $0 += 1 }
                while held.withLock({ $0 }) < 4 { await Task.yield() }
                isDown.withLock { $0 = false }
            }
            let migrator = world.migrator()
            try await migrator.run()
            let name = outage == .reading ? "old" : "new"
            #expect(world.events.texts.first == "waiting for \(name)")
            #expect(world.events.texts.last == "\(name) is back")
            #expect(world.events.texts.count == 2)
            #expect(migrator.failed == [])
            #expect(migrator.progress.copied == migrator.progress.total)
            for digest in digests { #expect(try world.locations(digest) == ["new", "old"]) }
            #expect(try await world.target.keys().count == 20)
            try await world.expectNothingUnknownOnTarget()
        }
    }

    @Test func `the pauses grow, to a quarter of a minute`() async throws {
        try await MovingWorld.with { world in
            try await world.push("one")
            let isDown = Mutex(true)
            world.target.before { step in
                if case .upload = step, isDown.withLock({ $0 }) { throw StorageError(.unavailable, "away") }
            }
            world.time.onPause { number in if number == 6 { isDown.withLock { $0 = false } } }
            try await world.migrator(1).run()
            #expect(world.time.pauses == [1, 2, 4, 8, 15, 15, 15].map { .seconds($0) })
        }
    }

    @Test func `a target that is away from the beginning is waited for, with what a killed run left on it`()
        async throws
    {
        try await MovingWorld.with { world in
            let digest = try await world.push("one")
            let copy = BlobCopy(id: UploadID(), backend: "new", digest: digest, touched: world.time.now)
            try await world.store.beginCopy(copy)
            let isDown = Mutex(true)
            world.target.before { _ in
                if isDown.withLock({ $0 }) { throw StorageError(.unavailable, "away") }
            }
            world.time.onPause { number in if number == 1 { isDown.withLock { $0 = false } } }
            try await world.migrator().run()
            #expect(world.events.texts == ["waiting for new", "new is back"])
            #expect(try world.locations(digest) == ["new", "old"])
            try await world.expectNothingUnknownOnTarget()
        }
    }

    @Test func `a second outage is said again, whatever the first one ended with`() async throws {
        try await MovingWorld.with { world in
            let digests = try await world.fill()
            let turn = Mutex(0)
            world.target.before { step in
                guard case .upload = step else { return }
                switch turn.withLock({ turn in
                    turn += 1
                    return turn
                }) {
                case 1, 3, 5: throw StorageError(.unavailable, "away")
                // The blob that was waited with cannot be stored after all.
                case 2: throw StorageError(.tooLarge, "too much")
                default: return
                }
            }
            let migrator = world.migrator(1)
            try await migrator.run()
            #expect(
                world.events.texts == [
                    "waiting for new", "failed", "waiting for new", "new is back", "waiting for new", "new is back",
                ])
            #expect(migrator.failed.map(\.digest) == [digests[0]])
        }
    }

    @Test func `who waits can be cancelled`() async throws {
        try await MovingWorld.with { world in
            try await world.fill()
            world.target.before { _ in throw StorageError(.unavailable, "away") }
            world.time.onPause { _ in withUnsafeCurrentTask { $0?.cancel() } }
            let run = Task { [world] in try await world.migrator(1).run() }
            await #expect(throws: CancellationError.self) { try await run.value }
            #expect(world.events.texts == ["waiting for new"])
            // What a target that is away may have, it has by a row.
            #expect(try world.copies().count == 1)
        }
    }
}
