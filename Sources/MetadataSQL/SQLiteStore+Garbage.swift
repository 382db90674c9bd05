internal import GRDB
package import RegistryCore

extension SQLiteStore {
    package func collectBlobs(
        touchedBefore time: Timestamp,
        limit: Int,
        due: @escaping @Sendable (_ backend: String) -> Timestamp
    ) async throws -> Looked<GarbageBlob> {
        try await write("collecting garbage") { db in
            var (looked, respite) = (Looked<GarbageBlob>(), Respite())
            for candidate in try db.candidates(before: time, limit: limit, &respite) {
                respite.take()
                looked.count += 1
                if candidate.isNeeded {
                    try db.run("DELETE FROM garbage_candidates WHERE blob_id = :id", ["id": candidate.id])
                } else if candidate.blob.touched >= time {
                    try db.run(
                        "UPDATE garbage_candidates SET since = :touched WHERE blob_id = :id",
                        ["id": candidate.id, "touched": candidate.blob.touched.milliseconds]
                    )
                } else {
                    try db.delete(blob: candidate.id, due)
                    looked.removed.append(candidate.blob)
                }
            }
            return looked
        }
    }

    private static let garbage = Query(
        """
        SELECT c.since, b.id, b.digest, b.size, b.touched
        FROM garbage_candidates c JOIN blobs b ON b.id = c.blob_id
        WHERE c.since < :time AND b.touched < :time AND (c.since, c.blob_id) > (:since, :id)
            AND NOT \(Schema.isBlobNeeded)
        ORDER BY c.since, c.blob_id LIMIT :limit
        """
    )

    package func garbageBlobs(
        touchedBefore time: Timestamp,
        after place: GarbagePlace?,
        limit: Int
    ) throws -> [(blob: GarbageBlob, place: GarbagePlace)] {
        try read("looking for garbage") { connection in
            try connection.all(
                Self.garbage,
                [
                    ":time": .integer(time.milliseconds), ":since": .integer(place?.since ?? .min),
                    ":id": .integer(place?.id ?? 0), ":limit": .limit(limit),
                ]
            ) { row in
                (
                    GarbageBlob(digest: try row.digest(2), size: row.integer(3), touched: row.timestamp(4)),
                    GarbagePlace(since: row.integer(0), id: row.integer(1))
                )
            }
        }
    }

    package func touchBlob(_ digest: Digest, at time: Timestamp) async throws {
        try await write("touching a blob", surviving: .processDeath) { db in
            try db.run(
                "UPDATE blobs SET touched = :time WHERE digest = :digest AND touched < :time",
                ["digest": digest.description, "time": time.milliseconds]
            )
        }
    }
}

extension Database {
    fileprivate typealias Candidate = (id: Int64, blob: GarbageBlob, isNeeded: Bool)

    fileprivate func candidates(before time: Timestamp, limit: Int, _ respite: inout Respite) throws -> [Candidate] {
        let rows = try GRDB.Row.fetchCursor(
            cachedStatement(
                sql: """
                    SELECT b.id, b.digest, b.size, b.touched, CASE WHEN \(Schema.isBlobNeeded) THEN 1 ELSE 0 END
                    FROM garbage_candidates c JOIN blobs b ON b.id = c.blob_id
                    WHERE c.since < :time
                    ORDER BY c.since, c.blob_id LIMIT :limit
                    """),
            arguments: ["time": time.milliseconds, "limit": limit]
        )
        var candidates: [Candidate] = []
        while let row = try rows.next() {
            respite.take()
            guard let digest = Digest(row[1] as String) else { throw DamagedRow(description: "no digest: \(row)") }
            let blob = GarbageBlob(digest: digest, size: row[2], touched: Timestamp(milliseconds: row[3]))
            candidates.append((row[0], blob, row[4] == 1))
        }
        return candidates
    }

    /// Its rows, in one go with the promise that what is ours of its bytes follows.
    fileprivate func delete(blob id: Int64, _ due: (String) -> Timestamp) throws {
        let locations = try GRDB.Row.fetchAll(
            cachedStatement(sql: "SELECT backend, object_key FROM blob_locations WHERE blob_id = :id AND owned = 1"),
            arguments: ["id": id]
        )
        for row in locations {
            let backend: String = row[0]
            try addRemoval(ObjectKey(row[1]), on: backend, due: due(backend))
        }
        // Its locations and the repositories' hold on it go with it.
        try run("DELETE FROM blobs WHERE id = :id", ["id": id])
    }
}
