internal import GRDB
package import RegistryCore

extension SQLiteStore {
    private static let due = Query(
        """
        SELECT backend, object_key, due FROM removals
        WHERE :backend IS NULL OR backend = :backend
        ORDER BY due, backend, object_key LIMIT :limit
        """
    )

    package func removals(on backend: String?, limit: Int) throws -> [Removal] {
        try read("listing what is to be removed") { connection in
            try connection.all(Self.due, [":backend": .text(backend), ":limit": .limit(limit)]) { row in
                Removal(backend: row.text(0), key: ObjectKey(row.text(1)), due: row.timestamp(2))
            }
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
