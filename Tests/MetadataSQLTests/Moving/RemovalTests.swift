import RegistryCore
import Testing

@testable import MetadataSQL

struct RemovalTests {
    /// Takes a blob from a backend: its key there.
    private func forget(_ number: Int, on backend: String, due: Int64, in store: SQLiteStore) async throws -> ObjectKey
    {
        let keys = try await store.place(number, backend, "kept")
        let blob = BlobOnBackend(digest: try digest(number), size: 42, key: keys[0], isOwned: true)
        #expect(try await store.forgetLocation(of: blob, on: backend, keeping: "kept", due: time(due)))
        return keys[0]
    }

    @Test func `what is due first comes first`() async throws {
        try await withStore { store in
            let late = try await forget(1, on: "disk", due: 30, in: store)
            let soon = try await forget(2, on: "disk", due: 10, in: store)
            let other = try await forget(3, on: "attic", due: 20, in: store)
            let all = [
                Removal(backend: "disk", key: soon, due: time(10)),
                Removal(backend: "attic", key: other, due: time(20)),
                Removal(backend: "disk", key: late, due: time(30)),
            ]
            #expect(try store.removals(on: nil, limit: 9) == all)
            #expect(try store.removals(on: nil, limit: 1) == [all[0]])
            #expect(try store.removals(on: "disk", limit: 9) == [all[0], all[2]])
            #expect(try store.removals(on: "minio", limit: 9) == [])

            try await store.endRemovals([all[0], all[1]])
            try await store.endRemovals([all[0]])
            #expect(try store.removals(on: nil, limit: 9) == [all[2]])
        }
    }

    @Test func `uploads are counted by where they go`() async throws {
        try await withStore { store in
            #expect(try store.countUploads(on: "disk") == 0)
            try await store.createUpload(session(name("app")))
            try await store.createUpload(session(name("app")))
            #expect(try store.countUploads(on: "disk") == 2)
            #expect(try store.countUploads(on: "minio") == 0)
        }
    }

    @Test func `of a migration there is what was last said`() async throws {
        try await withStore { store in
            #expect(try store.migrations() == [])
            let back = MigrationProgress(source: "minio", target: "disk", total: BlobCount(), started: time(1))
            var there = MigrationProgress(
                source: "disk", target: "minio", total: BlobCount(blobs: 9, bytes: 5 << 40), started: time(1))
            for progress in [back, there] { try await store.saveMigration(progress) }
            #expect(try store.migrations() == [there, back])

            there.state = .interrupted
            there.total.blobs = 10
            there.copied = BlobCount(blobs: 4, bytes: 3 << 40)
            there.failed = 2
            there.started = time(2)
            there.updated = time(7)
            try await store.saveMigration(there)
            #expect(try store.migrations() == [there, back])
            there.state = .finished
            try await store.saveMigration(there)
            #expect(try store.migrations() == [there, back])
        }
    }
}
