import Foundation
import GRDB
import RegistryCore
import Testing

@testable import MetadataSQL

/// The ninth migration, which makes tables anew.
@Suite struct ClusteredTests {
    private static let tables = [
        "upload_sessions", "blob_locations", "repository_blobs", "tags", "manifest_references",
    ]

    /// Every column has something in some row, and nothing in another where it may.
    private static let rows = """
        INSERT INTO repositories (id, name, created) VALUES (1, 'alice/app', 5), (2, 'bob/app', 6);
        INSERT INTO blobs (id, digest, size, created, touched) VALUES (1, 'sha256:01', 7, 8, 9), (2, 'sha256:02', 0, 1, 1);
        INSERT INTO blob_locations (blob_id, backend, object_key, owned, damage, damaged_since) VALUES
            (1, 'disk', 'a', 1, NULL, NULL), (1, 'minio', 'b', 0, 'torn', 77), (2, 'disk', 'c', 0, NULL, NULL);
        INSERT INTO repository_blobs (repository_id, blob_id) VALUES (1, 1), (1, 2), (2, 2);
        INSERT INTO manifests (id, repository_id, digest, media_type, size, created, content)
            VALUES (1, 1, 'sha256:03', 't', 1, 2, x'00'), (2, 2, 'sha256:03', 't', 1, 2, x'00');
        INSERT INTO tags (repository_id, name, manifest_id, updated)
            VALUES (1, 'latest', 1, 3), (1, 'v1', 1, 4), (2, 'latest', 2, 5);
        INSERT INTO manifest_references (manifest_id, kind, digest, repository_id, manifest_digest)
            VALUES (1, 'blob', 'sha256:01', 1, 'sha256:03'), (1, 'subject', 'sha256:09', 1, 'sha256:03');
        INSERT INTO upload_sessions
            (id, repository, backend, algorithm, digest, checkpoint_offset, checkpoint_state, hash_state, epoch, created,
            touched, fallback_offset, fallback_hash, owner)
        VALUES
            ('i', 'alice/app', 'disk', 'sha256', 'sha256:04', 5, x'01', x'02', 3, 4, 5, 6, x'03', 'alice'),
            ('j', 'bob/app', 'minio', 'sha512', NULL, NULL, NULL, x'', 0, 1, 2, 0, NULL, NULL);
        """

    private func text(of db: Database) throws -> [String: [[String: DatabaseValue]]] {
        var text: [String: [[String: DatabaseValue]]] = [:]
        for table in Self.tables {
            text[table] = try GRDB.Row.fetchAll(db, sql: "SELECT * FROM \(table) ORDER BY 1, 2").map { row in
                Dictionary(row.map { ($0, $1) }) { first, _ in first }
            }
        }
        return text
    }

    @Test func `what an older release wrote is all there`() async throws {
        try await withFolder { folder in
            let path = folder.appending(path: "registry.db").path
            var before: [String: [[String: DatabaseValue]]] = [:]
            do {
                let queue = try DatabaseQueue(path: path)
                try Schema.migrator.migrate(queue, upTo: "v8")
                before = try await queue.write { db in
                    try db.execute(sql: Self.rows)
                    return try text(of: db)
                }
                try queue.close()
            }
            try await openStore(in: folder).close()

            let queue = try DatabaseQueue(path: path)
            let after = try await queue.read { try text(of: $0) }
            #expect(after == before)
            #expect(before.values.map(\.count).sorted() == [2, 2, 3, 3, 3])
            try await queue.write { (db: Database) throws in
                #expect(try String.fetchAll(db, sql: "PRAGMA integrity_check") == ["ok"])
                try db.checkForeignKeys()
                // What hangs on others still goes with them.
                try db.execute(sql: "DELETE FROM repositories WHERE id = 1; DELETE FROM blobs WHERE id = 1")
                let left = try text(of: db)
                #expect(left["tags"]?.count == 1)
                #expect(left["manifest_references"]?.count == 0)
                #expect(left["repository_blobs"]?.count == 1)
                #expect(left["blob_locations"]?.count == 1)
            }
            try queue.close()
        }
    }

    @Test func `they are kept by their keys, and have the indexes of before but for one`() async throws {
        try await withFolder { folder in
            let queue = try DatabaseQueue(path: folder.appending(path: "registry.db").path)
            func names(_ sql: String) throws -> Set<String> { try queue.read { try String.fetchSet($0, sql: sql) } }
            let indexes = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
            try Schema.migrator.migrate(queue, upTo: "v8")
            let before = try names(indexes)
            try Schema.migrator.migrate(queue)
            #expect(
                try names(indexes).symmetricDifference(before) == ["upload_sessions_touched", "blob_locations_object"])
            #expect(try names("SELECT name FROM pragma_table_list WHERE wr") == Set(Self.tables))
            try queue.close()
        }
    }

    @Test func `what the first release wrote passes all migrations`() async throws {
        try await withFolder { folder in
            let queue = try DatabaseQueue(path: folder.appending(path: "registry.db").path)
            try Schema.migrator.migrate(queue, upTo: "v1")
            let (app, session) = (try name("alice/app"), session(try name("alice/app")))
            try await queue.write { db in
                try db.execute(
                    sql: """
                        INSERT INTO repositories (id, name, created) VALUES (1, 'alice/app', 5);
                        INSERT INTO blobs (id, digest, size, created, touched) VALUES (1, '\(try digest(1))', 42, 8, 9);
                        INSERT INTO blob_locations (blob_id, backend, object_key) VALUES (1, 'disk', 'a');
                        INSERT INTO repository_blobs (repository_id, blob_id) VALUES (1, 1);
                        INSERT INTO manifests (id, repository_id, digest, media_type, size, created, content)
                            VALUES (1, 1, '\(try digest(2))', 't', 1, 2, x'7b7d');
                        INSERT INTO tags (repository_id, name, manifest_id, updated) VALUES (1, 'latest', 1, 3);
                        INSERT INTO manifest_references (manifest_id, kind, digest, repository_id, manifest_digest)
                            VALUES (1, 'subject', '\(try digest(3))', 1, '\(try digest(2))');
                        INSERT INTO upload_sessions (id, repository, backend, algorithm, hash_state, epoch, created, touched)
                            VALUES ('\(session.id)', 'alice/app', 'disk', 'sha256', x'', 0, 1, 1);
                        """)
            }
            try queue.close()

            let store = try openStore(in: folder)
            #expect(try store.blob(digest(1), in: app)?.locations.map(\.key.description) == ["a"])
            #expect(try store.manifest(.tag(tag("latest")), in: app)?.digest == digest(2))
            #expect(try store.upload(session.id) == session)
            #expect(try store.repository(app)?.visibility == .public)
            try await store.push(digest(4), to: app)
            try await store.close()
        }
    }
}
