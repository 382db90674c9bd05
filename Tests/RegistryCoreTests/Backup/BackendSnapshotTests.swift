import Foundation
import MetadataSQL
import NIOCore
import Synchronization
import Testing

@testable import RegistryCore

struct BackendSnapshotTests {
    /// 2026-11-25, 11:07:18.
    private static let start = Timestamp(milliseconds: 1_795_604_838_000)

    @Test func `a snapshot is kept under its time, and two of one second in their order`() async throws {
        try await Fixture.with { fixture in
            try await withContent("snapshot") { file in
                let first = try await fixture.snapshots.store(file, at: Self.start)
                let second = try await fixture.snapshots.store(file, at: Self.start)
                #expect(first.time == Self.start)
                #expect(second.time == Self.start + .seconds(1))
                #expect(try await BackendSnapshots.list(fixture.storage) == [first, second])
                var text = ""
                try await BackendSnapshots.read(first, from: fixture.storage) { text += String(buffer: $0) }
                #expect(text == "snapshot")
                #expect(try await fixture.store.idleCopies(since: Timestamp(milliseconds: .max), limit: 10).isEmpty)
            }
        }
    }

    @Test func `nobody takes one that is being stored for something left over`() async throws {
        try await Fixture.with { fixture in
            fixture.storage.state.withLock {
                $0.beforeCommit = { [registry = fixture.registry] in await registry.removeAbandonedUploads() }
            }
            try await withContent("snapshot") { file in
                let snapshot = try await fixture.snapshots.store(file, at: Self.start)
                #expect(try await BackendSnapshots.list(fixture.storage) == [snapshot])
            }
            // Nor afterwards for an object that nobody needs.
            var orphans: [StoredObject] = []
            try await fixture.registry.forEachOrphan(on: "memory", fixture.storage) { orphans += $0 }
            #expect(orphans.isEmpty)
        }
    }

    @Test func `one that cannot be stored leaves nothing`() async throws {
        struct Broken: Error {}
        try await Fixture.with { fixture in
            fixture.storage.state.withLock { $0.beforeCommit = { throw Broken() } }
            try await withContent("snapshot") { file in
                await #expect(throws: Broken.self) { try await fixture.snapshots.store(file, at: Self.start) }
            }
            #expect(try await BackendSnapshots.list(fixture.storage).isEmpty)
            #expect(try await fixture.store.idleCopies(since: Timestamp(milliseconds: .max), limit: 10).isEmpty)
        }
    }

    @Test func `the oldest go, but never the newest, another database's or a stranger's`() async throws {
        try await Fixture.with { fixture in
            try await withContent("snapshot") { file in
                let other = try await fixture.snapshots.store(file, at: Self.start)
                var stranger = UploadPlan(id: UploadID(), digest: digest(of: "notes"))
                stranger.key = ObjectKey("backups/notes")
                let upload = try await fixture.storage.upload(stranger)
                try await upload.append(ByteBuffer(string: "notes"))
                _ = try await upload.commit(as: digest(of: "notes"))
                let since = Self.start + .milliseconds(60_500)
                var ours: [Snapshot] = []
                for minute in 1...4 {
                    ours.append(try await fixture.snapshots.store(file, at: Self.start + .seconds(60 * minute)))
                }
                #expect(try await fixture.snapshots.prune(keeping: 2, since: since) == 2)
                #expect(try await BackendSnapshots.list(fixture.storage) == [other] + ours[2...])
                #expect(try await fixture.snapshots.prune(keeping: 0, since: since) == 1)
                #expect(try await BackendSnapshots.list(fixture.storage) == [other, ours[3]])
                var keys: [ObjectKey] = []
                for try await object in fixture.storage.objects(after: nil) { keys.append(object.key) }
                #expect(keys.contains(stranger.key))
            }
        }
    }
}

extension Fixture {
    var snapshots: BackendSnapshots {
        BackendSnapshots(metadata: store, backend: "memory", storage: storage, now: { [clock] in clock.now })
    }
}

/// A file that holds this.
func withContent(_ text: String, _ body: (@Sendable () throws -> FileSlice) async throws -> Void) async throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "content-\(UploadID())").path
    try Data(text.utf8).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await body {
        FileSlice(owning: open(path, O_RDONLY | O_CLOEXEC), offset: 0, length: Int64(text.utf8.count))
    }
}
