internal import GRDB
package import RegistryCore

extension SQLiteStore {
    package func rebuild(
        _ blobs: [RebuiltBlob],
        on backend: String,
        at time: Timestamp
    ) async throws -> RebuildCounts {
        try await write("rebuilding blobs") { db in
            var counts = RebuildCounts()
            for blob in blobs { try db.rebuild(blob, on: backend, time, &counts) }
            return counts
        }
    }
}

extension Database {
    fileprivate func rebuild(
        _ blob: RebuiltBlob,
        on backend: String,
        _ time: Timestamp,
        _ counts: inout RebuildCounts
    ) throws {
        let size = try integer("SELECT size FROM blobs WHERE digest = :digest", ["digest": blob.digest.description])
        guard let size else {
            _ = try insertBlob(blob.digest, at: blob.object, on: backend, time)
            counts.blobs += blob.object.size
            return
        }
        guard size == blob.object.size else {
            counts.wrongSizes += 1
            return
        }
        let isNew =
            try run(
                """
                INSERT INTO blob_locations (blob_id, backend, object_key)
                SELECT id, :backend, :key FROM blobs WHERE digest = :digest
                ON CONFLICT DO NOTHING
                """,
                ["digest": blob.digest.description, "backend": backend, "key": blob.object.key.description]
            ) > 0
        if isNew { counts.places += blob.object.size } else { counts.spare += 1 }
    }
}

extension BlobCount {
    fileprivate static func += (count: inout BlobCount, size: Int64) {
        count.blobs += 1
        count.bytes += size
    }
}
