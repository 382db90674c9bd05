internal import GRDB
package import RegistryCore

extension SQLiteStore {
    private static let inRepository = Query(
        """
        SELECT b.size, l.backend, l.object_key, r.visibility, b.touched, l.damage IS NOT NULL
        FROM blobs b
            JOIN repository_blobs rb ON rb.blob_id = b.id
            JOIN repositories r ON r.id = rb.repository_id
            JOIN blob_locations l ON l.blob_id = b.id
        WHERE b.digest = :digest AND r.name = :repository
        ORDER BY l.backend
        """
    )

    package func blob(_ digest: Digest, in repository: RepositoryName) throws -> BlobRecord? {
        try recentBlobs.row(BlobKey(digest: digest, repository: repository)) {
            try readBlob(digest, in: repository)
        }
    }

    private func readBlob(_ digest: Digest, in repository: RepositoryName) throws -> BlobRecord? {
        try read("reading a blob's record") { connection in
            let rows = try connection.all(
                Self.inRepository,
                [":digest": .text(digest.description), ":repository": .text(repository.description)]
            ) { row in
                (
                    size: row.integer(0),
                    location: BlobLocation(
                        backend: row.text(1), key: ObjectKey(row.text(2)), isDamaged: row.integer(5) != 0),
                    visibility: try row.visibility(3), touched: row.timestamp(4)
                )
            }
            return rows.first.map {
                BlobRecord(
                    digest: digest, size: $0.size, locations: rows.map(\.location), visibility: $0.visibility,
                    touched: $0.touched)
            }
        }
    }

    private static let anywhere = Query(
        """
        SELECT 1 FROM blobs b JOIN blob_locations l ON l.blob_id = b.id
        WHERE b.digest = :digest AND l.damage IS NULL LIMIT 1
        """
    )

    package func hasBlob(_ digest: Digest) throws -> Bool {
        try read("looking for a blob") {
            try $0.first(Self.anywhere, [":digest": .text(digest.description)]) { _ in true } ?? false
        }
    }

    private static let object = Query(
        "SELECT 1 FROM blob_locations WHERE backend = :backend AND object_key = :key"
    )

    package func hasObject(_ key: ObjectKey, on backend: String) throws -> Bool {
        try read("looking for an object") {
            try $0.first(Self.object, [":backend": .text(backend), ":key": .text(key.description)]) { _ in true }
                ?? false
        }
    }

    package func mountBlob(
        _ digest: Digest,
        from source: RepositoryName,
        into repository: RepositoryName,
        at time: Timestamp
    ) async throws -> Int64? {
        try await write("mounting a blob") { db in
            guard let id = try db.readableBlob(digest, in: source) else { return nil }
            let size = try db.touch(blob: id, at: time)
            try db.link(blob: id, to: repository, at: time)
            return size
        }
    }

    package func unlinkBlob(_ digest: Digest, in repository: RepositoryName) async throws -> BlobUnlinking {
        try await write("unlinking a blob") { db in
            guard let repositoryID = try db.repositoryID(repository),
                let blobID = try db.integer(
                    """
                    SELECT b.id FROM blobs b JOIN repository_blobs rb ON rb.blob_id = b.id
                    WHERE b.digest = :digest AND rb.repository_id = :repository
                    """,
                    ["digest": digest.description, "repository": repositoryID]
                )
            else { return .unknown }
            if let manifest = try db.manifest(needing: digest, in: repositoryID) { return .needed(by: manifest) }
            try db.run(
                "DELETE FROM repository_blobs WHERE repository_id = :repository AND blob_id = :blob",
                ["repository": repositoryID, "blob": blobID]
            )
            try db.suspect(blob: blobID)
            return .unlinked
        }
    }
}

extension Database {
    /// The id of a stored blob that `repository` has. Not one that is damaged everywhere: it is to be pushed again.
    fileprivate func readableBlob(_ digest: Digest, in repository: RepositoryName) throws -> Int64? {
        try integer(
            """
            SELECT b.id FROM blobs b
            WHERE b.digest = :digest
                AND EXISTS (SELECT 1 FROM blob_locations l WHERE l.blob_id = b.id AND l.damage IS NULL)
                AND EXISTS (
                    SELECT 1 FROM repository_blobs rb JOIN repositories r ON r.id = rb.repository_id
                    WHERE rb.blob_id = b.id AND r.name = :repository
                )
            """,
            ["digest": digest.description, "repository": repository.description]
        )
    }

    /// - Returns: the blob's size in bytes.
    func touch(blob id: Int64, at time: Timestamp) throws -> Int64? {
        try integer(
            "UPDATE blobs SET touched = :time WHERE id = :id RETURNING size",
            ["id": id, "time": time.milliseconds]
        )
    }

    /// Makes a blob readable in a repository, creating that if need be.
    func link(blob id: Int64, to repository: RepositoryName, at time: Timestamp) throws {
        let sql = """
            INSERT INTO repository_blobs (repository_id, blob_id)
            SELECT r.id, :blob FROM repositories r WHERE r.name = :repository
            ON CONFLICT (repository_id, blob_id) DO NOTHING
            """
        if try run(sql, ["blob": id, "repository": repository.description]) > 0 { return }
        // It has the blob already, or is not there itself.
        _ = try makeRepository(repository, at: time)
        try run(sql, ["blob": id, "repository": repository.description])
    }

    /// A manifest of the repository that needs the blob, the first by its digest.
    fileprivate func manifest(needing blob: Digest, in repositoryID: Int64) throws -> Digest? {
        try text(
            """
            SELECT manifest_digest FROM manifest_references
            WHERE digest = :digest AND repository_id = :repository AND kind = 'blob'
            ORDER BY manifest_digest LIMIT 1
            """,
            ["digest": blob.description, "repository": repositoryID]
        ).flatMap { Digest($0) }
    }
}
