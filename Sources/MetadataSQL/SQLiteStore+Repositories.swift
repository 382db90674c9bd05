internal import GRDB
package import RegistryCore

extension SQLiteStore {
    private static let known = Query("SELECT id FROM repositories WHERE name = :name")

    package func hasRepository(_ name: RepositoryName) throws -> Bool {
        try read("looking for a repository") { try Self.id(of: name, on: $0) != nil }
    }

    static func id(of repository: RepositoryName, on connection: Connection) throws -> Int64? {
        try connection.first(known, [":name": .text(repository.description)]) { $0.integer(0) }
    }

    private static let record = Query(
        """
        SELECT r.visibility, r.created,
            (SELECT COUNT(*) FROM tags t WHERE t.repository_id = r.id),
            (SELECT COUNT(*) FROM manifests m WHERE m.repository_id = r.id),
            (SELECT COUNT(*) FROM repository_blobs rb WHERE rb.repository_id = r.id),
            (
                SELECT COALESCE(SUM(b.size), 0) FROM repository_blobs rb JOIN blobs b ON b.id = rb.blob_id
                WHERE rb.repository_id = r.id
            )
        FROM repositories r WHERE r.name = :name
        """
    )

    package func repository(_ name: RepositoryName) throws -> RepositoryRecord? {
        try read("reading a repository's record") { connection in
            try connection.first(Self.record, [":name": .text(name.description)]) { row in
                RepositoryRecord(
                    name: name,
                    visibility: try row.visibility(0),
                    created: row.timestamp(1),
                    tags: row.integer(2),
                    manifests: row.integer(3),
                    blobs: row.integer(4),
                    size: row.integer(5)
                )
            }
        }
    }

    package func createRepository(
        _ name: RepositoryName,
        _ visibility: Visibility,
        at time: Timestamp
    ) async throws -> Bool {
        try await write("creating a repository") { db in
            try db.run(
                """
                INSERT INTO repositories (name, created, visibility) VALUES (:name, :time, :visibility)
                ON CONFLICT (name) DO NOTHING
                """,
                ["name": name.description, "time": time.milliseconds, "visibility": visibility.rawValue]
            ) > 0
        }
    }

    package func setVisibility(_ visibility: Visibility, of repository: RepositoryName) async throws -> Bool {
        try await write("setting a repository's visibility") { db in
            try db.run(
                "UPDATE repositories SET visibility = :visibility WHERE name = :name",
                ["name": repository.description, "visibility": visibility.rawValue]
            ) > 0
        }
    }

    package func deleteRepository(_ name: RepositoryName) async throws -> Bool {
        try await write("deleting a repository") { db in
            guard let id = try db.repositoryID(name) else { return false }
            try db.suspectBlobs(ofRepository: id)
            // Manifests, tags and its hold on blobs go with it.
            try db.run("DELETE FROM repositories WHERE id = :id", ["id": id])
            // An upload that is about to end would make the repository again. Nothing but this looks for sessions by their
            // repository, so there is no index to keep: they are few.
            try db.run("DELETE FROM upload_sessions WHERE repository = :name", ["name": name.description])
            // The next repository of that name may be somebody else's secret.
            try db.run("DELETE FROM grants WHERE pattern = :name", ["name": name.description])
            return true
        }
    }
}

extension Database {
    func repositoryID(_ name: RepositoryName) throws -> Int64? {
        try integer("SELECT id FROM repositories WHERE name = :name", ["name": name.description])
    }

    /// Creates the repository, a public one, if need be.
    func makeRepository(_ name: RepositoryName, at time: Timestamp) throws -> Int64 {
        if let id = try repositoryID(name) { return id }
        return try id(
            """
            INSERT INTO repositories (name, created) VALUES (:name, :time)
            ON CONFLICT (name) DO UPDATE SET name = excluded.name
            RETURNING id
            """,
            ["name": name.description, "time": time.milliseconds]
        )
    }
}
