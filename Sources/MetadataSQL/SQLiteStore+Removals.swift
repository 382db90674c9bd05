internal import GRDB
package import RegistryCore

extension SQLiteStore {
    // By the index on `due`, from its beginning: they are many after a migration, and most often none is due.
    private static let all = Query("SELECT backend, object_key, due FROM removals ORDER BY due LIMIT :limit")
    // The plus keeps SQLite from sorting all that the backend has.
    private static let onBackend = Query(
        "SELECT backend, object_key, due FROM removals WHERE +backend = :backend ORDER BY due LIMIT :limit"
    )

    package func removals(on backend: String?, limit: Int) throws -> [Removal] {
        try read("listing what is to be removed") { connection in
            func removal(_ row: borrowing Row) -> Removal {
                Removal(backend: row.text(0), key: ObjectKey(row.text(1)), due: row.timestamp(2))
            }
            guard let backend else { return try connection.all(Self.all, [":limit": .limit(limit)], removal) }
            return try connection.all(
                Self.onBackend, [":backend": .text(backend), ":limit": .limit(limit)], removal)
        }
    }

    package func endRemovals(_ removals: [Removal]) async throws {
        // What is removed twice does no harm.
        try await write("noting what was removed", surviving: .processDeath) { db in
            for removal in removals {
                try db.run(
                    "DELETE FROM removals WHERE backend = :backend AND object_key = :key",
                    ["backend": removal.backend, "key": removal.key.description]
                )
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
}
