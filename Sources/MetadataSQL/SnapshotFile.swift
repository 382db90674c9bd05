internal import GRDB
package import RegistryCore

/// A file that is to become a registry's database. Everything here blocks.
package enum SnapshotFile {
    /// Makes a database of this release of a snapshot, in place. Throws ``MetadataError`` when it is damaged, none of ours, or of
    /// a newer release.
    ///
    /// What must not come back goes: uploads and copies under way, whose bytes may be another's by now, tokens that clients got
    /// for their password, and which objects nobody knew. What may be garbage is kept for the whole grace again, as it may have
    /// been used since the snapshot was made.
    ///
    /// - Parameter name: what the snapshot is called in errors.
    package static func prepare(
        _ path: String,
        called name: String,
        at time: Timestamp
    ) throws(MetadataError) -> SnapshotContents {
        do {
            var configuration = Configuration()
            configuration.label = "registryd.restore"
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            let contents = try contents(queue, name, time)
            try queue.close()
            return contents
        } catch let error as DatabaseError where error.resultCode == .SQLITE_NOTADB {
            throw MetadataError(.failed, "\(name) is not a database", cause: SQLiteFailure(error))
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
            throw MetadataError(.failed, "\(name) is damaged", cause: SQLiteFailure(error))
        } catch {
            throw MetadataError("taking up the snapshot", in: name, cause: error)
        }
    }

    /// Copies what is in a database's log into it, so that its one file is all of it.
    package static func fold(_ path: String) throws(MetadataError) {
        do {
            let queue = try DatabaseQueue(path: path)
            try queue.writeWithoutTransaction { db in
                // Only says so if it cannot: then somebody else has it open.
                _ = try db.checkpoint(.truncate)
            }
            try queue.close()
        } catch {
            throw MetadataError("closing a database", in: path, cause: error)
        }
    }

    private static func contents(_ queue: DatabaseQueue, _ name: String, _ time: Timestamp) throws -> SnapshotContents {
        let migrator = Schema.migrator
        try queue.writeWithoutTransaction { db in
            // A copy that somebody else made may say that it has a log.
            try db.execute(sql: "PRAGMA journal_mode = DELETE")
            let faults = try String.fetchAll(db, sql: "PRAGMA integrity_check(3)")
            guard faults == ["ok"] else {
                throw MetadataError(.failed, "\(name) is damaged: \(faults.joined(separator: "; "))")
            }
            for table in ["grdb_migrations", "repositories", "blobs"] {
                guard try db.tableExists(table) else {
                    throw MetadataError(.failed, "\(name) is not a registryd's database: it has no table \(table)")
                }
            }
            guard try !migrator.hasBeenSuperseded(db) else {
                throw MetadataError(.failed, "\(name) was written by a newer registryd; restore it with that release")
            }
        }
        try migrator.migrate(queue)
        return try queue.write { db in
            for table in ["upload_sessions", "blob_copies", "refresh_tokens", "orphans"] {
                try db.execute(sql: "DELETE FROM \(table)")
            }
            let time: StatementArguments = ["time": time.milliseconds]
            try db.execute(
                sql: "UPDATE blobs SET touched = :time WHERE id IN (SELECT blob_id FROM garbage_candidates)",
                arguments: time)
            try db.execute(sql: "UPDATE garbage_candidates SET since = :time", arguments: time)
            try db.execute(sql: "UPDATE untagged_manifests SET since = :time", arguments: time)
            try db.execute(
                sql: """
                    INSERT INTO marks (name, value) VALUES ('restored', CAST(:time AS TEXT))
                    ON CONFLICT (name) DO UPDATE SET value = excluded.value
                    """, arguments: time)
            func count(_ table: String) throws -> Int {
                try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM \(table)") ?? 0
            }
            return SnapshotContents(
                repositories: try count("repositories"), tags: try count("tags"), blobs: try count("blobs"),
                users: try count("users"))
        }
    }
}

/// How much a snapshot holds.
package struct SnapshotContents: Sendable, Hashable {
    package var repositories: Int
    package var tags: Int
    package var blobs: Int
    package var users: Int
}
