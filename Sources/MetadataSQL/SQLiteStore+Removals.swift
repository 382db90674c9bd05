internal import GRDB
package import RegistryCore

extension SQLiteStore {
    // By the index on `due`, from its beginning: they are many after a migration, and most often none is due.
    private static let all = Query(
        "SELECT r.backend, r.object_key, r.due FROM removals r WHERE \(isNobodys) ORDER BY r.due LIMIT :limit"
    )
    // The plus keeps SQLite from sorting all that the backend has.
    private static let onBackend = Query(
        """
        SELECT r.backend, r.object_key, r.due FROM removals r
        WHERE +r.backend = :backend AND \(isNobodys) ORDER BY r.due LIMIT :limit
        """
    )
    // Whatever happens, what a location names is not deleted.
    private static let isNobodys = """
        NOT EXISTS (
            SELECT 1 FROM blob_locations l WHERE l.backend = r.backend AND l.object_key = r.object_key
        )
        """

    package func removals(on backend: String?, limit: Int) throws -> [Removal] {
        try read("listing what is to be removed") { connection in
            var respite = Respite()
            func removal(_ row: borrowing Row) -> Removal {
                respite.take()
                return Removal(backend: row.text(0), key: ObjectKey(row.text(1)), due: row.timestamp(2))
            }
            guard let backend else { return try connection.all(Self.all, [":limit": .limit(limit)], removal) }
            return try connection.all(
                Self.onBackend, [":backend": .text(backend), ":limit": .limit(limit)], removal)
        }
    }

    package func endRemovals(_ removals: [Removal]) async throws {
        // What is removed twice does no harm; and a few at a time, as others wait who write.
        for start in stride(from: 0, to: removals.count, by: 25) {
            let some = removals[start..<min(start + 25, removals.count)]
            try await write("noting what was removed", surviving: .processDeath) { db in
                for removal in some { try db.endRemoval(removal.key, on: removal.backend) }
            }
        }
    }
}

extension Database {
    /// The object's bytes are to go, as its row does.
    func addRemoval(_ key: ObjectKey, on backend: String, due: Timestamp) throws {
        try run(
            """
            INSERT INTO removals (backend, object_key, due) VALUES (:backend, :key, :due)
            ON CONFLICT (backend, object_key) DO NOTHING
            """,
            ["backend": backend, "key": key.description, "due": due.milliseconds]
        )
    }

    /// The object's bytes are gone; or they are a blob's again: an adopted registry's files are known by the same keys each time.
    func endRemoval(_ key: ObjectKey, on backend: String) throws {
        try run(
            "DELETE FROM removals WHERE backend = :backend AND object_key = :key",
            ["backend": backend, "key": key.description]
        )
    }
}
