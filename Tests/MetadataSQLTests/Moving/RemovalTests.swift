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

    @Test func `a file that is adopted again is not to be removed any more`() async throws {
        try await withStore { store in
            let app = try name("alice/app")
            let key = ObjectKey("/docker/registry/v2/blobs/1/data")
            let old = AdoptedBlob(digest: try digest(1), object: StoredObject(key: key, size: 42))
            _ = try await store.adoptBlobs([old], on: "disk", into: app, owning: true, at: time(1))
            _ = try await store.collectBlobs(touchedBefore: time(9), limit: 9) { _ in time(10) }
            #expect(try store.removals(on: nil, limit: 9) == [Removal(backend: "disk", key: key, due: time(10))])
            _ = try await store.adoptBlobs([old], on: "minio", into: app, owning: false, at: time(11))
            #expect(try store.removals(on: nil, limit: 9).count == 1)
            // In place of one that is damaged.
            let elsewhere = ObjectKey("/elsewhere/docker/registry/v2/blobs/1/data")
            let other = AdoptedBlob(digest: old.digest, object: StoredObject(key: elsewhere, size: 42))
            let location = BlobLocation(backend: "minio", key: key)
            #expect(try await store.noteDamage("cut off", of: old.digest, at: location, at: time(11)))
            _ = try await store.adoptBlobs([other], on: "disk", into: app, owning: false, at: time(12))
            let there = BlobLocation(backend: "disk", key: elsewhere)
            #expect(try await store.noteDamage("cut off", of: old.digest, at: there, at: time(12)))
            _ = try await store.adoptBlobs([old], on: "disk", into: app, owning: false, at: time(13))
            #expect(try await store.count("removals") == 0)
            #expect(try store.hasObject(key, on: "disk"))
        }
    }

    @Test func `what a location names is never to be removed`() async throws {
        try await withStore { store in
            let key = try await store.place(1, "disk")[0]
            try await store.write("making a row that ought not to be") { db in
                try db.addRemoval(key, on: "disk", due: time(1))
                try db.addRemoval(key, on: "minio", due: time(1))
            }
            #expect(try store.removals(on: "disk", limit: 9) == [])
            #expect(try store.removals(on: nil, limit: 9).map(\.backend) == ["minio"])
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
