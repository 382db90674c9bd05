internal import GRDB
package import RegistryCore

extension SQLiteStore {
    private static let ofBackend = Query(
        "SELECT installation, orphans_listed FROM installations WHERE backend = :backend"
    )

    package func installation(of backend: String) throws -> BackendInstallation? {
        try read("reading which storage a backend is") { connection in
            try connection.first(Self.ofBackend, [":backend": .text(backend)]) { row in
                BackendInstallation(id: row.text(0), orphansListed: row.isNull(1) ? nil : row.timestamp(1))
            }
        }
    }

    private static let ofInstallation = Query("SELECT backend FROM installations WHERE installation = :installation")

    package func backend(ofInstallation id: String) throws -> String? {
        try read("reading which backend a storage is") { connection in
            try connection.first(Self.ofInstallation, [":installation": .text(id)]) { $0.text(0) }
        }
    }

    package func expectInstallation(of backend: String, orElse id: String) async throws -> String {
        try await write("noting which storage a backend is to be") { db in
            let arguments: Arguments = ["backend": backend, "installation": id]
            // Of a command and a server that begin at once one is the first.
            try db.run(
                """
                INSERT INTO installations (backend, installation) VALUES (:backend, :installation)
                ON CONFLICT (backend) DO NOTHING
                """,
                arguments
            )
            return try db.text("SELECT installation FROM installations WHERE backend = :backend", ["backend": backend])
                ?? id
        }
    }

    package func setInstallation(_ id: String, of backend: String) async throws {
        try await write("noting which storage a backend is") { db in
            let arguments: Arguments = ["backend": backend, "installation": id]
            // What was seen elsewhere says nothing of this one.
            try db.run(
                """
                DELETE FROM orphans WHERE backend = :backend AND NOT EXISTS (
                    SELECT 1 FROM installations WHERE backend = :backend AND installation = :installation
                )
                """,
                arguments
            )
            try db.run(
                """
                DELETE FROM installations
                WHERE (backend = :backend OR installation = :installation)
                    AND NOT (backend = :backend AND installation = :installation)
                """,
                arguments
            )
            try db.run(
                """
                INSERT INTO installations (backend, installation) VALUES (:backend, :installation)
                ON CONFLICT (backend) DO NOTHING
                """,
                arguments
            )
        }
    }

    private static let anyBlob = Query("SELECT 1 FROM blob_locations WHERE backend = :backend LIMIT 1")

    package func hasBlobs(on backend: String) throws -> Bool {
        try read("asking whether a backend has blobs") { connection in
            try connection.first(Self.anyBlob, [":backend": .text(backend)]) { _ in true } ?? false
        }
    }

    private static let someObjects = Query(
        """
        SELECT object_key, size FROM blob_locations JOIN blobs ON blobs.id = blob_id
        WHERE backend = :backend AND damage IS NULL LIMIT :limit
        """
    )

    package func someObjects(on backend: String, limit: Int) throws -> [StoredObject] {
        try read("looking for objects of a backend") { connection in
            try connection.all(
                Self.someObjects, [":backend": .text(backend), ":limit": .integer(Int64(limit))]
            ) { StoredObject(key: ObjectKey($0.text(0)), size: $0.integer(1)) }
        }
    }

    package func noteOrphansListed(on backend: String, at time: Timestamp, seenBefore limit: Timestamp) async throws {
        try await write("noting that all objects were looked at") { db in
            try db.run(
                "UPDATE installations SET orphans_listed = :time WHERE backend = :backend",
                ["backend": backend, "time": time.milliseconds]
            )
            // Those that were there have become removals.
            try db.run(
                "DELETE FROM orphans WHERE backend = :backend AND first_seen < :limit",
                ["backend": backend, "limit": limit.milliseconds]
            )
        }
    }
}
