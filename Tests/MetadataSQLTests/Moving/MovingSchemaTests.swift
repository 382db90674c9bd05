import RegistryCore
import Testing

@testable import MetadataSQL

struct MovingSchemaTests {
    /// Takes back what came after the third migration.
    private func makeVersion3(_ store: SQLiteStore) async throws {
        try await store.write("going back") { db in
            for statement in [
                "DROP TABLE scrubs", "DROP INDEX blob_locations_damaged",
                "ALTER TABLE blob_locations DROP COLUMN damage", "ALTER TABLE blob_locations DROP COLUMN damaged_since",
                "DROP TABLE garbage_candidates", "DROP TABLE untagged_manifests", "DROP TABLE orphans",
                "CREATE INDEX blobs_touched ON blobs (touched)",
                "DROP TABLE migrations", "DROP TABLE removals", "DROP TABLE blob_copies",
                "ALTER TABLE blob_locations DROP COLUMN owned",
                "DELETE FROM grdb_migrations WHERE identifier IN ('v4', 'v5', 'v6')",
            ] {
                try db.run(statement)
            }
        }
    }

    @Test func `what an older release stored is ours, and moves`() async throws {
        try await withFolder { folder in
            let old = try openStore(in: folder)
            let key = try await old.place(1, "disk")[0]
            let open = session(try name("alice/app"))
            try await old.createUpload(open)
            try await makeVersion3(old)
            #expect(try await old.columns(of: "blob_locations") == "blob_id backend object_key")
            #expect(try await old.columns(of: "removals") == nil)
            try await old.close()

            let new = try openStore(in: folder)
            let blob = BlobOnBackend(digest: try digest(1), size: 42, key: key, isOwned: true)
            #expect(try new.blobs(on: "disk", lackingOn: "minio", onlyAdopted: false, after: nil, limit: 9) == [blob])
            #expect(try new.countUploads(on: "disk") == 1)
            #expect(try new.migrations() == [])
            let copy = BlobCopy(id: UploadID(), backend: "minio", digest: blob.digest, touched: time(1))
            try await new.beginCopy(copy)
            let object = StoredObject(key: UploadPlan(id: copy.id, digest: copy.digest).key, size: 42)
            #expect(try await new.commitCopy(copy, at: object) == .stored)
            #expect(try await new.forgetLocation(of: blob, on: "disk", keeping: "minio", due: time(1)))
            #expect(try new.removals(on: "disk", limit: 9).map(\.key) == [key])
            try await new.close()
        }
    }
}
