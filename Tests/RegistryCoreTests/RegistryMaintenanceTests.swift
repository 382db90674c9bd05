import MetadataSQL
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import RegistryCore

@Suite struct RegistryMaintenanceTests {
    @Test func `sessions that cannot be removed do not stand before the others`() async throws {
        try await Fixture.with { fixture in
            var stuck: Set<UploadID> = []
            for _ in 0..<150 { stuck.insert(try await fixture.session().id) }
            fixture.storage.state.withLock { [stuck] in $0.stuck = stuck }
            fixture.clock.advance(1)
            for _ in 0..<60 { _ = try await fixture.session() }
            let busy = try await fixture.session()
            fixture.clock.advance(2 * 3600 * 1000)
            let young = try await fixture.session()

            try await fixture.registry.active.alone(with: busy.id) {
                try await fixture.registry.removeIdleUploads()
            }
            #expect(Set(try await fixture.sessions().map(\.id)) == stuck.union([busy.id, young.id]))
            fixture.storage.state.withLock { $0.stuck = [] }
            try await fixture.registry.removeIdleUploads()
            #expect(try await fixture.sessions().map(\.id) == [young.id])
        }
    }

    @Test func `a session whose backend the configuration does not have ends`() async throws {
        try await Fixture.with { fixture in
            let session = try await fixture.session(on: "gone")
            fixture.clock.advance(2 * 3600 * 1000)
            try await fixture.registry.removeIdleUploads()
            #expect(try fixture.store.upload(session.id) == nil)
        }
    }

    @Test func `what a crash left of an upload goes, and what somebody may want stays`() async throws {
        try await Fixture.with { fixture in
            let session = try await fixture.session()
            let (active, abandoned) = (UploadID(), UploadID())
            for id in [session.id, active, abandoned] { try await fixture.storage.leave(id) }
            try await fixture.registry.push(body(["abc"]), in: fixture.app, as: digest(of: "abc"))
            let keys = try await fixture.storage.keys()

            try await fixture.registry.active.alone(with: active) {
                await fixture.registry.removeAbandonedUploads()
            }
            #expect(try await fixture.storage.allUnfinished() == [session.id, active])
            #expect(try await fixture.storage.keys() == keys)
            await fixture.registry.removeAbandonedUploads()
            #expect(try await fixture.storage.allUnfinished() == [session.id])
        }
    }

    @Test func `an upload is not busy because maintenance looks whether somebody wants it`() async throws {
        try await Fixture.with { fixture in
            let session = try await fixture.session()
            try await fixture.storage.leave(session.id)
            let looked = Atomic(false)
            let looking = Task {
                for _ in 0..<1000 { await fixture.registry.removeAbandonedUploads() }
                looked.store(true, ordering: .relaxed)
            }
            while !looked.load(ordering: .relaxed) {
                try await fixture.registry.active.alone(with: session.id) {}
                await Task.yield()
            }
            await looking.value
        }
    }

    @Test func `an upload that was committed under its first key is not abandoned`() async throws {
        try await Fixture.with { fixture in
            let session = try await fixture.session()
            try await fixture.storage.leave(session.id)
            let object = StoredObject(key: UploadPlan(id: session.id).key, size: 4)
            _ = try await fixture.store.commitBlob(
                digest(of: "left"), at: object, on: "memory", closing: session, at: fixture.clock.now)
            await fixture.registry.removeAbandonedUploads()
            #expect(try await fixture.storage.allUnfinished() == [session.id])
        }
    }

    @Test func `nothing goes while the registry is read-only, and all of it afterwards`() async throws {
        try await Fixture.with { fixture in
            let (session, abandoned) = (try await fixture.session(), UploadID())
            for id in [session.id, abandoned] { try await fixture.storage.leave(id) }
            fixture.clock.advance(2 * 3600 * 1000)
            var settings = RegistrySettings.openToAll
            settings.isReadOnly = true
            try await fixture.registry.reload(settings, fixture.registry.backends)
            #expect(await !fixture.registry.removeLeftovers(abandoned: true))
            #expect(try await fixture.storage.allUnfinished() == [session.id, abandoned])
            #expect(try await fixture.sessions().map(\.id) == [session.id])

            try await fixture.registry.reload(.openToAll, fixture.registry.backends)
            #expect(await fixture.registry.removeLeftovers(abandoned: true))
            #expect(try await fixture.storage.allUnfinished() == [])
            #expect(try await fixture.sessions().isEmpty)
        }
    }

    @Test func `maintenance begins with what a crash left`() async throws {
        try await Fixture.with { fixture in
            try await fixture.storage.leave(UploadID())
            let task = Task { await fixture.registry.maintain() }
            while try await !fixture.storage.allUnfinished().isEmpty { await Task.yield() }
            task.cancel()
            await task.value
        }
    }
}
