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
        let id = try id("SELECT id FROM blobs WHERE digest = :digest", ["digest": blob.digest.description])
        let isThere = try integer(
            "SELECT 1 FROM blob_locations WHERE blob_id = :id AND backend = :backend", ["id": id, "backend": backend])
        if try !place(blob.object.key, of: id, on: backend, due: time) {
            counts.spare += 1
        } else if isThere == nil {
            counts.places += size
        } else {
            counts.replaced += size
        }
    }
}

extension BlobCount {
    fileprivate static func += (count: inout BlobCount, size: Int64) {
        count.blobs += 1
        count.bytes += size
    }
}
