import Foundation
import Logging
import MetadataSQL
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import RegistryCore

struct RebuildTests {
    @Test func `blobs are known again when the database is lost`() async throws {
        try await Fixture.with { fixture in
            let digests = [try await fixture.push("one"), try await fixture.push("two")]
            try await withContent("snapshot") { file in
                _ = try await fixture.snapshots.store(file, at: fixture.clock.now)
            }
            let known = try await rebuild(fixture.store, fixture.storage)
            #expect(known.known == 2 && known.counts == RebuildCounts() && known.snapshots == 1)

            try await withNewStore { store in
                let report = try await rebuild(store, fixture.storage)
                #expect(report.objects == 2 && report.known == 0 && report.snapshots == 1)
                #expect(report.counts.blobs == BlobCount(blobs: 2, bytes: 6))
                for digest in digests {
                    #expect(try await store.hasBlob(digest))
                    // It was in a repository, and nobody knows that any more.
                    #expect(try await store.blob(digest, in: fixture.app) == nil)
                }
                let again = try await rebuild(store, fixture.storage)
                #expect(again.known == 2 && again.counts == RebuildCounts())
            }
        }
    }

    @Test func `names are believed, or contents`() async throws {
        try await Fixture.with { fixture in
            try await fixture.store(ByteBuffer(string: "good"), as: digest(of: "good"))
            try await fixture.store(ByteBuffer(string: "evil"), as: digest(of: "lost"))
            let unnamed = UploadID()
            try await fixture.store(
                ByteBuffer(string: "whose?"), as: digest(of: "whose?"), UploadPlan(id: unnamed).key)
            try await fixture.store(
                ByteBuffer(string: "notes"), as: digest(of: "notes"), ObjectKey("notes/monday"))

            try await withNewStore { store in
                let report = try await rebuild(store, fixture.storage)
                #expect(report.unnamed == 1 && report.strangers == 1 && report.damaged.isEmpty)
                #expect(report.counts.blobs.blobs == 2)
                #expect(try await store.hasBlob(digest(of: "lost")))
            }
            try await withNewStore { store in
                let report = try await rebuild(store, fixture.storage, verifies: true)
                #expect(report.unnamed == 0 && report.strangers == 1)
                #expect(report.counts.blobs.blobs == 2)
                #expect(report.damaged.map(\.key.digest) == [digest(of: "lost")])
                #expect(try await !store.hasBlob(digest(of: "lost")))
                #expect(try await !store.hasBlob(digest(of: "evil")))
                #expect(
                    try await store.locations(of: digest(of: "whose?"))
                        == [BlobLocation(backend: "memory", key: UploadPlan(id: unnamed).key)])
            }
        }
    }

    @Test func `what is on its way, in or out, is left alone`() async throws {
        try await Fixture.with { fixture in
            let digest = digest(of: "going")
            let key = try await fixture.store(ByteBuffer(string: "going"), as: digest).key
            let copy = BlobCopy(
                id: try #require(UploadID(key.description.suffix(36))), backend: "memory", digest: digest,
                touched: fixture.clock.now)
            try await fixture.store.beginCopy(copy)
            let report = try await rebuild(fixture.store, fixture.storage)
            #expect(report.known == 1)
            #expect(try await !fixture.store.hasBlob(digest))
        }
    }

    enum Loss: CaseIterable {
        case gone, marked
    }

    @Test(arguments: Loss.allCases, [false, true])
    func `a good object takes the place of one that is lost`(_ loss: Loss, _ verifies: Bool) async throws {
        try await Fixture.with { fixture in
            let digest = try await fixture.push("layer")
            let lost = try #require(try fixture.store.locations(of: digest).first)
            if loss == .gone {
                #expect(await fixture.storage.delete([lost.key]).isEmpty)
            } else {
                #expect(try await fixture.store.noteDamage("cut", of: digest, at: lost, at: fixture.clock.now))
            }
            // One that only says it is, and two that are.
            let bad = try await fixture.store(ByteBuffer(string: "lager"), as: digest).key
            let good = [
                try await fixture.store(ByteBuffer(string: "layer"), as: digest).key,
                try await fixture.store(ByteBuffer(string: "layer"), as: digest).key,
            ]
            let report = try await rebuild(fixture.store, fixture.storage, verifies: verifies)
            #expect(report.damaged.map(\.key) == [bad])
            #expect(report.counts.replaced == BlobCount(blobs: 1, bytes: 5))
            #expect(report.counts.spare == 1)
            let found = try fixture.store.locations(of: digest)
            #expect(found.count == 1 && good.contains(found[0].key) && !found[0].isDamaged)
            let blob = try await fixture.registry.blob(digest, in: fixture.app)
            #expect(try await text(blob, from: fixture.registry) == "layer")
            #expect(try fixture.store.removals(on: nil, limit: 9).map(\.key) == [lost.key])

            let again = try await rebuild(fixture.store, fixture.storage, verifies: verifies)
            #expect(again.counts.replaced == BlobCount() && again.counts.spare == (verifies ? 1 : 2))
        }
    }

    @Test func `an object stays in its place when it is there, or its backend is away`() async throws {
        try await Fixture.with { fixture in
            let digest = try await fixture.push("layer")
            let own = try fixture.store.locations(of: digest)
            try await fixture.store(ByteBuffer(string: "layer"), as: digest)
            let report = try await rebuild(fixture.store, fixture.storage)
            #expect(report.counts.spare == 1 && report.counts.replaced == BlobCount())
            fixture.storage.state.withLock { $0.readError = .unavailable }
            await #expect(throws: StorageError.self) { try await rebuild(fixture.store, fixture.storage) }
            #expect(try fixture.store.locations(of: digest) == own)
        }
    }

    private func rebuild(
        _ store: SQLiteStore,
        _ storage: any BlobStorage,
        verifies: Bool = false
    ) async throws -> RebuildReport {
        var report = RebuildReport()
        try await Rebuild(metadata: store, backend: "memory", storage: storage, verifies: verifies).run(&report)
        return report
    }

    private func withNewStore(_ body: (SQLiteStore) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "rebuild-\(UploadID()).db").path
        defer {
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let store = try SQLiteStore(path: path, logger: logger)
        try await body(store)
        try await store.close()
    }
}

extension Fixture {
    /// Puts an object into the storage that no row knows.
    @discardableResult
    fileprivate func store(
        _ content: ByteBuffer,
        as digest: Digest,
        _ key: ObjectKey? = nil
    ) async throws -> StoredObject {
        var plan = UploadPlan(id: UploadID(), digest: digest)
        plan.key = key ?? plan.key
        let upload = try await storage.upload(plan)
        try await upload.append(content)
        return try await upload.commit(as: digest)
    }
}
