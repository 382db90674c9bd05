import MetadataSQL
import NIOCore

import Synchronization
import TestSupport
import Testing

@testable import RegistryCore

/// What cannot be copied, and what ends a run.
struct MigratorFailureTests {
    @Test func `a damaged blob is reported and stays, and the rest moves`() async throws {
        try await MovingWorld.with { world in
            let digests = try await world.fill()
            let other = try #require(RepositoryName("bob/copy"))
            let text = "damaged soon"
            let bad = try await world.push(text)
            try await world.push(text, to: other)
            let location = try #require(try world.store.blob(bad, in: world.app)?.locations.first)
            world.source.damaged.withLock { $0[location.key] = ByteBuffer(string: "damaged Soon") }

            let migrator = world.migrator(deletesSource: true)
            try await migrator.run()
            #expect(migrator.failed.map(\.digest) == [bad])
            #expect(migrator.failed[0].repositories == [world.app, other])
            #expect(
                migrator.failed[0].reason
                    == "damaged on old: its content has digest \(RegistryCoreTests.digest(of: "damaged Soon"))")
            #expect(world.events.texts == ["failed"])
            #expect(migrator.progress.failed == 1)
            #expect(migrator.progress.copied.blobs == 20)
            #expect(try world.locations(bad) == ["old"])
            #expect(try world.store.locations(of: bad).map(\.isDamaged) == [true])
            for digest in digests { #expect(try world.locations(digest) == ["new"]) }
            #expect(try await world.source.keys() == [location.key])
            try await world.expectNothingUnknownOnTarget()

            // It is tried again the next time.
            world.source.damaged.withLock { $0 = [:] }
            let again = world.migrator(deletesSource: true)
            try await again.run()
            #expect(again.failed == [])
            #expect(try world.locations(bad) == ["new"])
            #expect(try await world.source.isEmpty())
        }
    }

    @Test(arguments: [StorageError.Code.objectMissing, .failed])
    func `a blob that cannot be read is reported, and nothing of it goes to the target`(
        code: StorageError.Code
    ) async throws {
        try await MovingWorld.with { world in
            let digests = try await world.fill()
            let location = try #require(try world.store.blob(digests[5], in: world.app)?.locations.first)
            world.source.before { step in
                if case .read(let object) = step, object.key == location.key { throw StorageError(code, "as it is") }
            }
            let migrator = world.migrator()
            try await migrator.run()
            #expect(migrator.failed.map(\.digest) == [digests[5]])
            let what = code == .objectMissing ? "damaged on old" : "old cannot read it"
            #expect(migrator.failed.map(\.reason) == ["\(what): as it is"])
            let isDamaged = try world.store.locations(of: digests[5]).map(\.isDamaged)
            #expect(isDamaged == [code == .objectMissing])
            #expect(world.target.uploads.withLock { $0 } == 19)
            try await world.expectNothingUnknownOnTarget()
        }
    }

    @Test func `what the target does not take is reported, and the rest moves`() async throws {
        try await MovingWorld.with { world in
            let digests = try await world.fill()
            world.target.before { step in
                if case .append(let plan) = step, plan.digest == digests[5] {
                    throw StorageError(.tooLarge, "too much")
                }
            }
            let migrator = world.migrator()
            try await migrator.run()
            #expect(migrator.failed.map(\.reason) == ["new does not take it: too much"])
            #expect(migrator.progress.copied.blobs == 19)
            try await world.expectNothingUnknownOnTarget()
        }
    }

    enum End: String, CaseIterable {
        case fullTarget, misconfiguredTarget, misconfiguredSource
    }

    @Test(arguments: End.allCases)
    func `what no waiting helps against ends the run`(_ end: End) async throws {
        try await MovingWorld.with { world in
            try await world.fill()
            let left = Mutex(3)
            let code: StorageError.Code = end == .fullTarget ? .full : .misconfigured
            let hook: @Sendable (HookedStorage.Step) async throws -> Void = { step in
                switch (end, step) {
                case (.misconfiguredSource, .read), (.misconfiguredTarget, .upload), (.fullTarget, .append): break
                default: return
                }
                let isOver = left.withLock { left in
                    left -= 1
                    return left < 0
                }
                if isOver { throw StorageError(code, "no more") }
            }
            (end == .misconfiguredSource ? world.source : world.target).before(hook)
            let migrator = world.migrator(deletesSource: true)
            let error = await #expect(throws: StorageError.self) { try await migrator.run() }
            #expect(error?.code == code)
            #expect(migrator.failed == [])
            // At most those that were through; nothing was taken from the source.
            #expect(migrator.progress.copied.blobs <= 3)
            #expect(try await world.target.keys().count == migrator.progress.copied.blobs)
            #expect(try await world.source.keys().count == 20)
            try await world.expectNothingUnknownOnTarget(cancelled: true)

            world.source.before { _ in }
            world.target.before { _ in }
            try await world.migrator(deletesSource: true).run()
            #expect(try await world.target.keys().count == 20)
            #expect(try await world.source.isEmpty())
            try await world.expectNothingUnknownOnTarget()
        }
    }

    @Test func `what a killed run left goes when the next one begins`() async throws {
        try await MovingWorld.with { world in
            let digest = try await world.push("again")
            let committed = BlobCopy(id: UploadID(), backend: "new", digest: digest, touched: world.time.now)
            let begun = BlobCopy(id: UploadID(), backend: "new", digest: digest, touched: world.time.now)
            let elsewhere = BlobCopy(id: UploadID(), backend: "other", digest: digest, touched: world.time.now)
            for copy in [committed, begun, elsewhere] { try await world.store.beginCopy(copy) }
            for copy in [committed, begun] {
                let upload = try await world.target.upload(UploadPlan(id: copy.id, length: 5, digest: digest))
                try await upload.append(ByteBuffer(string: copy == begun ? "aga" : "again"))
                if copy == committed { _ = try await upload.commit(as: digest) }
            }
            #expect(try await world.target.keys().count == 1)

            try await world.migrator().run()
            let location = try #require(
                try world.store.blob(digest, in: world.app)?.locations.first { $0.backend == "new" })
            #expect(try await world.target.keys() == [location.key])
            for try await id in world.target.unfinished() { Issue.record("\(id) is left") }
            // Another target's are another migration's.
            #expect(try world.copies() == [elsewhere])
        }
    }

    @Test func `a backup that is being stored is nobody's leftover`() async throws {
        try await MovingWorld.with { world in
            let plan = UploadPlan(id: UploadID(), digest: digest(of: "snapshot"))
            let key = BackupKey(time: world.time.now, id: plan.id).key
            let copy = BlobCopy(
                id: plan.id, backend: "new", digest: digest(of: "snapshot"), key: key, touched: world.time.now)
            try await world.store.beginCopy(copy)
            try await world.migrator().run()
            #expect(try world.copies() == [copy])
        }
    }

    @Test func `what a killed run had sent goes too when it arrives late`() async throws {
        try await MovingWorld.with { world in
            let digest = try await world.push("again")
            let copy = BlobCopy(id: UploadID(), backend: "new", digest: digest, touched: world.time.now)
            try await world.store.beginCopy(copy)
            let isFirst = Mutex(true)
            world.target.before { [world] step in
                // The next run has looked already.
                guard case .append = step,
                    isFirst.withLock({ isFirst in
                        defer { isFirst = false }
                        return isFirst
                    })
                else { return }
                let late = try await world.target.upload(UploadPlan(id: copy.id, length: 5, digest: digest))
                try await late.append(ByteBuffer(string: "again"))
                _ = try await late.commit(as: digest)
            }
            try await world.migrator().run()
            #expect(try world.locations(digest) == ["new", "old"])
            #expect(try await world.target.keys().count == 1)
            try await world.expectNothingUnknownOnTarget()
        }
    }

    @Test func `who is cancelled leaves nothing that no row knows`() async throws {
        try await MovingWorld.with { world in
            try await world.fill()
            let began = Mutex(0)
            world.target.before { step in
                guard case .append = step else { return }
                let number = began.withLock { began in
                    began += 1
                    return began
                }
                // Some are through, the others never come to an end by themselves.
                if number > 5 { try await never() }
            }
            let migrator = world.migrator()
            let run = Task { try await migrator.run() }
            while began.withLock({ $0 }) < 9 { await Task.yield() }
            run.cancel()
            await #expect(throws: CancellationError.self) { try await run.value }
            #expect(migrator.progress.copied.blobs == 5)
            #expect(world.events.texts == [])
            #expect(try await world.target.keys().count == 5)
            // What was broken off may be carried out all the same, later: the next run looks.
            #expect(try world.copies().count == 4)
            try await world.expectNothingUnknownOnTarget(cancelled: true)
        }
    }

    /// Whatever a storage says of a transfer that was cancelled.
    @Test func `who is cancelled does not wait for a backend that is well`() async throws {
        try await MovingWorld.with { world in
            try await world.fill()
            let began = Mutex(0)
            world.target.before { step in
                guard case .append = step else { return }
                began.withLock { $0 += 1 }
                do { try await never() } catch { throw StorageError(.unavailable, "the transfer was broken off") }
            }
            let migrator = world.migrator()
            let run = Task { try await migrator.run() }
            while began.withLock({ $0 }) < 4 { await Task.yield() }
            run.cancel()
            await #expect(throws: CancellationError.self) { try await run.value }
            #expect(world.events.texts == [])
            #expect(migrator.failed == [])
            #expect(try await world.target.isEmpty())
        }
    }
}
