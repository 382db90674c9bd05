internal import GRDB
package import RegistryCore

extension SQLiteStore {
    // Both are ranges of an index, which has the keys in the order in which storages list them.
    private static let known = Query(
        """
        SELECT object_key FROM blob_locations
        WHERE backend = :backend AND object_key >= :first AND object_key <= :last
        UNION ALL
        SELECT object_key FROM removals
        WHERE backend = :backend AND object_key >= :first AND object_key <= :last
        """
    )
    private static let onItsWay = Query(
        """
        SELECT 1 FROM upload_sessions WHERE id = :id
        UNION ALL
        SELECT 1 FROM blob_copies WHERE id = :id
        """
    )

    package func unknownObjects(among page: [ObjectKey], on backend: String) throws -> [ObjectKey] {
        guard let first = page.first, let last = page.last else { return [] }
        return try read("looking for objects that nobody knows") { connection in
            let known = Set(
                try connection.all(
                    Self.known,
                    [":backend": .text(backend), ":first": .text(first.description), ":last": .text(last.description)]
                ) { $0.text(0) })
            return try page.filter { key in
                guard !known.contains(key.description) else { return false }
                return try connection.first(Self.onItsWay, [":id": .text(key.uploadID)]) { _ in true } == nil
            }
        }
    }

    private static let noted = Query(
        """
        SELECT object_key, first_seen FROM orphans
        WHERE backend = :backend AND object_key >= :first AND object_key <= :last
        """
    )

    package func notedOrphans(among page: [ObjectKey], on backend: String) throws -> [ObjectKey: Timestamp] {
        guard let first = page.first, let last = page.last else { return [:] }
        let noted = try read("looking for objects that are noted") { connection in
            try connection.all(
                Self.noted,
                [":backend": .text(backend), ":first": .text(first.description), ":last": .text(last.description)]
            ) { (ObjectKey($0.text(0)), $0.timestamp(1)) }
        }
        let keys = Set(page)
        return Dictionary(uniqueKeysWithValues: noted.filter { keys.contains($0.0) })
    }

    package func noteOrphans(
        _ keys: [ObjectKey],
        on backend: String,
        at time: Timestamp,
        seenBefore limit: Timestamp,
        due: Timestamp
    ) async throws -> Int {
        try await write("noting objects that nobody knows") { db in
            var removed = 0
            for key in keys {
                let arguments: Arguments = ["backend": backend, "key": key.description]
                let seen = try db.integer(
                    "SELECT first_seen FROM orphans WHERE backend = :backend AND object_key = :key", arguments)
                if try db.knows(key, on: backend) {
                    try db.forgetOrphan(arguments)
                } else if let seen, seen < limit.milliseconds {
                    try db.addRemoval(key, on: backend, due: due)
                    try db.forgetOrphan(arguments)
                    removed += 1
                } else if seen == nil {
                    try db.run(
                        "INSERT INTO orphans (backend, object_key, first_seen) VALUES (:backend, :key, :time)",
                        ["backend": backend, "key": key.description, "time": time.milliseconds]
                    )
                }
            }
            return removed
        }
    }
}

extension Database {
    fileprivate func forgetOrphan(_ arguments: Arguments) throws {
        try run("DELETE FROM orphans WHERE backend = :backend AND object_key = :key", arguments)
    }

    /// Whether any row speaks of the object.
    fileprivate func knows(_ key: ObjectKey, on backend: String) throws -> Bool {
        try integer(
            """
            SELECT 1 FROM blob_locations WHERE backend = :backend AND object_key = :key
            UNION ALL SELECT 1 FROM removals WHERE backend = :backend AND object_key = :key
            UNION ALL SELECT 1 FROM upload_sessions WHERE id = :id
            UNION ALL SELECT 1 FROM blob_copies WHERE id = :id
            """,
            ["backend": backend, "key": key.description, "id": key.uploadID]
        ) != nil
    }
}

extension ObjectKey {
    /// Of the upload that it was made for.
    fileprivate var uploadID: String { String(description.suffix(36)) }
}
