internal import GRDB
package import RegistryCore

extension SQLiteStore {
    // CROSS JOIN: SQLite keeps to that order, which costs a page what the page has. By the backend's index it would read and sort
    // all that the backend has, for each.
    private static let onBackend = Query(
        """
        SELECT b.digest, b.size, l.object_key, l.owned, l.damage IS NOT NULL
        FROM blobs b CROSS JOIN blob_locations l
        WHERE l.blob_id = b.id AND l.backend = :backend AND b.digest > :after ORDER BY b.digest LIMIT :limit
        """
    )

    package func blobs(
        on backend: String,
        after: Digest?,
        limit: Int
    ) throws -> [(blob: BlobOnBackend, isDamaged: Bool)] {
        try read("listing a backend's blobs") { connection in
            try connection.all(
                Self.onBackend,
                [
                    ":backend": .text(backend), ":after": .text(after?.description ?? ""), ":limit": .limit(limit),
                ]
            ) { (try BlobOnBackend($0), $0.integer(4) != 0) }
        }
    }

    private static let onBackendCount = Query(
        """
        SELECT COUNT(*), COALESCE(SUM(b.size), 0)
        FROM blob_locations l JOIN blobs b ON b.id = l.blob_id WHERE l.backend = :backend
        """
    )

    package func countBlobs(on backend: String) throws -> BlobCount {
        try read("counting a backend's blobs") { connection in
            try connection.first(Self.onBackendCount, [":backend": .text(backend)]) {
                BlobCount(blobs: Int($0.integer(0)), bytes: $0.integer(1))
            } ?? BlobCount()
        }
    }

    // MARK: Damage

    package func noteDamage(
        _ reason: String, of blob: Digest, at location: BlobLocation, at time: Timestamp
    ) async throws -> Bool {
        try await write("noting damage") { db in
            try db.run(
                """
                UPDATE blob_locations SET damage = :reason, damaged_since = COALESCE(damaged_since, :time)
                WHERE blob_id = (SELECT id FROM blobs WHERE digest = :digest)
                    AND backend = :backend AND object_key = :key
                """,
                [
                    "reason": reason, "time": time.milliseconds, "digest": blob.description,
                    "backend": location.backend, "key": location.key.description,
                ]
            ) > 0
        }
    }

    package func forgetDamage(of blob: Digest, at location: BlobLocation) async throws -> Bool {
        try await write("forgetting damage") { db in
            try db.run(
                """
                UPDATE blob_locations SET damage = NULL, damaged_since = NULL
                WHERE blob_id = (SELECT id FROM blobs WHERE digest = :digest)
                    AND backend = :backend AND object_key = :key AND damage IS NOT NULL
                """,
                [
                    "digest": blob.description, "backend": location.backend, "key": location.key.description,
                ]
            ) > 0
        }
    }

    private static let damaged = Query(
        """
        SELECT b.digest, b.size, l.object_key, l.owned, l.damage, l.damaged_since
        FROM blob_locations l JOIN blobs b ON b.id = l.blob_id
        WHERE l.damage IS NOT NULL AND l.backend = :backend AND b.digest > :after
        ORDER BY b.digest LIMIT :limit
        """
    )

    package func damages(on backend: String, after: Digest?, limit: Int) throws -> [BlobDamage] {
        try read("listing what is damaged") { connection in
            try connection.all(
                Self.damaged,
                [
                    ":backend": .text(backend), ":after": .text(after?.description ?? ""), ":limit": .limit(limit),
                ]
            ) { row in
                BlobDamage(
                    blob: try BlobOnBackend(row), backend: backend, reason: row.text(4), since: row.timestamp(5))
            }
        }
    }

    private static let damagedCount = Query(
        "SELECT backend, COUNT(*) FROM blob_locations WHERE damage IS NOT NULL GROUP BY backend"
    )

    package func countDamages() throws -> [String: Int] {
        try read("counting what is damaged") { connection in
            let counts = try connection.all(Self.damagedCount, [:]) { ($0.text(0), Int($0.integer(1))) }
            return Dictionary(counts) { $1 }
        }
    }
}

extension Database {
    /// Makes an object one of the blob's locations, in place of one on the same backend that is damaged: what is ours of that
    /// goes when `due` has passed. False: the backend has a good one, or this is the damaged one.
    func place(
        _ key: ObjectKey, owned: Bool = true, of blob: Int64, on backend: String, due: Timestamp
    ) throws -> Bool {
        let arguments: Arguments = [
            "blob": blob, "backend": backend, "key": key.description, "owned": owned ? 1 : 0,
        ]
        let isNew =
            try run(
                """
                INSERT INTO blob_locations (blob_id, backend, object_key, owned)
                VALUES (:blob, :backend, :key, :owned)
                ON CONFLICT (blob_id, backend) DO NOTHING
                """,
                arguments
            ) > 0
        if isNew {
            try endRemoval(key, on: backend)
            return true
        }
        let old = try GRDB.Row.fetchOne(
            cachedStatement(
                sql: """
                    SELECT object_key, owned FROM blob_locations
                    WHERE blob_id = :blob AND backend = :backend AND damage IS NOT NULL AND object_key <> :key
                    """),
            arguments: ["blob": blob, "backend": backend, "key": key.description]
        )
        guard let old else { return false }
        try run(
            """
            UPDATE blob_locations SET object_key = :key, owned = :owned, damage = NULL, damaged_since = NULL
            WHERE blob_id = :blob AND backend = :backend
            """,
            arguments
        )
        try endRemoval(key, on: backend)
        if old[1] as Bool { try addRemoval(ObjectKey(old[0]), on: backend, due: due) }
        return true
    }
}
