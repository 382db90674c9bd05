import MetadataSQL
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import RegistryCore

/// What migration leaves behind, and maintenance takes away.
@Suite struct LeftoverTests {
    private static let minute: Int64 = 60_000

    /// A copy that a crash interrupted.
    private func copy(_ fixture: Fixture, to storage: SpyStorage, _ name: String = "memory") async throws -> BlobCopy {
        let copy = BlobCopy(id: UploadID(), backend: name, digest: digest(of: "abc"), touched: fixture.clock.now)
        try await fixture.store.beginCopy(copy)
        try await storage.leave(copy.id)
        return copy
    }

    @Test func `a copy that nobody touches goes after half an hour, and no sooner`() async throws {
        try await Fixture.with { fixture in
            let (registry, clock, storage) = (fixture.registry, fixture.clock, fixture.storage)
            var settings = RegistrySettings.openToAll
            settings.uploadIdle = .seconds(1)
            try await registry.reload(settings, registry.backends)
            let idle = try await copy(fixture, to: storage)
            let alive = try await copy(fixture, to: storage)
            clock.advance(30 * Self.minute)
            #expect(try await fixture.store.touchCopy(alive.id, at: clock.now))
            await registry.removeIdleCopies()
            await registry.removeAbandonedUploads()
            #expect(try await storage.allUnfinished() == [idle.id, alive.id])

            clock.advance(1)
            await registry.removeIdleCopies()
            #expect(try await storage.allUnfinished() == [alive.id])
            #expect(try !fixture.store.hasCopy(idle.id))
            #expect(try fixture.store.hasCopy(alive.id))
        }
    }

    @Test func `where uploads may be idle for longer, copies may`() async throws {
        try await Fixture.with { fixture in
            let registry = fixture.registry
            var settings = RegistrySettings.openToAll
            settings.uploadIdle = .seconds(3600)
            try await registry.reload(settings, registry.backends)
            let copy = try await copy(fixture, to: fixture.storage)
            fixture.clock.advance(60 * Self.minute)
            await registry.removeIdleCopies()
            #expect(try fixture.store.hasCopy(copy.id))
            fixture.clock.advance(1)
            await registry.removeIdleCopies()
            #expect(try !fixture.store.hasCopy(copy.id))
        }
    }

    @Test func `a copy stays while its backend is not there or does not let it go`() async throws {
        try await Fixture.with { fixture in
            let stuck = try await copy(fixture, to: fixture.storage)
            let absent = try await copy(fixture, to: SpyStorage(), "absent")
            fixture.storage.state.withLock { $0.stuck = [stuck.id] }
            fixture.clock.advance(31 * Self.minute)
            await fixture.registry.removeIdleCopies()
            #expect(try fixture.store.hasCopy(stuck.id))
            #expect(try fixture.store.hasCopy(absent.id))

            fixture.storage.state.withLock { $0.stuck = [] }
            await fixture.registry.removeIdleCopies()
            #expect(try !fixture.store.hasCopy(stuck.id))
            #expect(try fixture.store.hasCopy(absent.id))
            #expect(try await fixture.storage.allUnfinished() == [])
        }
    }

    @Test func `whoever slept while his copy was taken over cannot commit it`() async throws {
        try await Fixture.with { fixture in
            try await fixture.push("abc")
            let sleeper = try await copy(fixture, to: fixture.storage, "other")
            #expect(try await fixture.store.takeOverCopy(sleeper))
            #expect(try await !fixture.store.touchCopy(sleeper.id, at: fixture.clock.now))
            let object = StoredObject(key: UploadPlan(id: sleeper.id, digest: sleeper.digest).key, size: 3)
            #expect(try await fixture.store.commitCopy(sleeper, at: object) == .gone)
            #expect(try fixture.store.locations(of: digest(of: "abc")).map(\.backend) == ["memory"])
            // Taken over and then let lie, it is still to be found.
            #expect(try fixture.store.idleCopies(since: fixture.clock.now, limit: 9).map(\.id) == [sleeper.id])
        }
    }

    @Test func `one that was touched in time is not taken over`() async throws {
        try await Fixture.with { fixture in
            let copy = try await copy(fixture, to: fixture.storage)
            fixture.clock.advance(1)
            #expect(try await fixture.store.touchCopy(copy.id, at: fixture.clock.now))
            #expect(try await !fixture.store.takeOverCopy(copy))
        }
    }

    @Test func `objects go when they are due`() async throws {
        try await Fixture.with { fixture in
            let other = SpyStorage()
            let registry = fixture.registry(["memory": fixture.storage, "other": other], active: "other")
            for text in ["now", "later"] {
                try await fixture.push(text)
                try await fixture.copy(text, to: other, "other")
            }
            try await fixture.forget("now", on: "memory", keeping: "other")
            try await fixture.forget("later", on: "memory", keeping: "other", dueIn: 1000)
            await registry.removeDueObjects()
            let left = try await fixture.storage.keys()
            #expect(left.count == 1 && left[0].contains(digest(of: "later").hex))
            fixture.clock.advance(1000)
            await registry.removeDueObjects()
            #expect(try await fixture.storage.keys() == [])
            #expect(try fixture.store.removals(on: nil, limit: 9) == [])
            #expect(try await other.keys().count == 2)
        }
    }

    @Test func `objects that cannot be deleted stay, and hold up no other`() async throws {
        try await Fixture.with { fixture in
            let other = SpyStorage()
            let backends = ["memory": fixture.storage, "other": other]
            let registry = fixture.registry(backends, active: "other")
            for number in 0..<11 {
                try await fixture.push("\(number)")
                try await fixture.copy("\(number)", to: other, "other")
                try await fixture.forget("\(number)", on: "memory", keeping: "other")
            }
            // More than a batch, at its beginning.
            let first = try fixture.store.removals(on: "memory", limit: 6).map(\.key)
            fixture.storage.state.withLock { state in
                for key in first { state.undeletable[key] = .failed }
            }
            let set = BackendSet(active: "other", backends: backends)
            var removals = Removals(metadata: fixture.store, backends: set, now: { fixture.clock.now })
            removals.batch = 5
            let outcome = try await removals.removeDue(on: nil)
            #expect(outcome.removed == 5)
            #expect(Set(outcome.failed.keys) == Set(first))
            #expect(outcome.nextDue == nil)
            #expect(try await fixture.storage.keys().count == 6)

            fixture.storage.state.withLock { $0.undeletable = [:] }
            await registry.removeDueObjects()
            #expect(try await fixture.storage.keys() == [])
        }
    }

    @Test func `a backend that is down is left at the first failure, and the others are not`() async throws {
        try await Fixture.with { fixture in
            let (absent, other) = (SpyStorage(), SpyStorage())
            for number in 0..<6 {
                try await fixture.push("\(number)")
                try await fixture.copy("\(number)", to: other, "other")
                try await fixture.copy("\(number)", to: absent, "absent")
                try await fixture.forget("\(number)", on: "absent", keeping: "other")
                try await fixture.forget("\(number)", on: "memory", keeping: "other")
            }
            try await fixture.push("late")
            try await fixture.copy("late", to: other, "other")
            try await fixture.forget("late", on: "memory", keeping: "other", dueIn: 500)
            fixture.clock.advance(1)
            let down = SpyStorage()
            down.state.withLock { $0.deleteError = .unavailable }
            let now: @Sendable () -> Timestamp = { fixture.clock.now }
            func removals(_ storage: SpyStorage) -> Removals {
                let set = BackendSet(active: "other", backends: ["memory": storage, "other": other])
                var removals = Removals(metadata: fixture.store, backends: set, now: now)
                removals.batch = 5
                return removals
            }
            let failed = try await removals(down).removeDue(on: nil)
            #expect(failed.removed == 0)
            #expect(down.state.withLock { $0.deletions } == [5])
            // What is on a backend that is not there is first in line, and in nobody's way.
            let outcome = try await removals(fixture.storage).removeDue(on: nil)
            #expect(outcome.removed == 6)
            #expect(outcome.failed.isEmpty)
            #expect(outcome.nextDue == Timestamp(milliseconds: fixture.clock.now.milliseconds + 499))
            #expect(try fixture.store.removals(on: "absent", limit: 1000).count == 6)
            #expect(try fixture.store.removals(on: "memory", limit: 1000).count == 1)
            #expect(try await absent.keys().count == 6)
        }
    }
}
