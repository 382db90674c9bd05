package import RegistryCore

extension SQLiteStore {
    private static let standing = Query(
        """
        SELECT b.size, b.touched, (SELECT COUNT(*) FROM repository_blobs rb WHERE rb.blob_id = b.id)
        FROM blobs b WHERE b.digest = :digest
        """
    )

    package func blobStanding(_ digest: Digest) throws -> BlobStanding? {
        try read("reading a blob's standing") { connection in
            try connection.first(Self.standing, [":digest": .text(digest.description)]) { row in
                BlobStanding(size: row.integer(0), touched: row.timestamp(1), repositories: Int(row.integer(2)))
            }
        }
    }

    private static let needing = Query(
        """
        SELECT p.name, r.manifest_digest
        FROM blobs b
            JOIN repository_blobs rb ON rb.blob_id = b.id
            JOIN manifest_references r ON r.digest = b.digest AND r.repository_id = rb.repository_id
            JOIN repositories p ON p.id = rb.repository_id
        WHERE b.digest = :digest AND r.kind <> 'subject'
        LIMIT :limit
        """
    )

    package func manifests(needing blob: Digest, limit: Int) throws -> [ManifestPlace] {
        try read("looking for who needs a blob") { connection in
            try connection.all(
                Self.needing, [":digest": .text(blob.description), ":limit": .limit(limit)]
            ) { ManifestPlace(repository: try $0.repositoryName(0), digest: try $0.digest(1)) }
        }
    }

    // There is no index by digest alone: this is for an operator's question.
    private static let having = Query(
        """
        SELECT r.name FROM manifests m JOIN repositories r ON r.id = m.repository_id
        WHERE m.digest = :digest ORDER BY r.name LIMIT :limit
        """
    )

    package func repositories(havingManifest digest: Digest, limit: Int) throws -> [RepositoryName] {
        try read("looking for a manifest everywhere") { connection in
            try connection.all(Self.having, [":digest": .text(digest.description), ":limit": .limit(limit)]) {
                try $0.repositoryName(0)
            }
        }
    }

    private static let tags = Query(
        """
        SELECT t.name
        FROM repositories r
            JOIN manifests m ON m.repository_id = r.id
            JOIN tags t ON t.manifest_id = m.id
        WHERE r.name = :repository AND m.digest = :digest
        ORDER BY t.name LIMIT :limit
        """
    )

    package func tags(of manifest: ManifestPlace, limit: Int) throws -> [Tag] {
        try read("listing a manifest's tags") { connection in
            try connection.all(
                Self.tags,
                [
                    ":repository": .text(manifest.repository.description),
                    ":digest": .text(manifest.digest.description),
                    ":limit": .limit(limit),
                ]
            ) { try $0.tag(0) }
        }
    }

    private static let indexes = Query(
        """
        SELECT r.manifest_digest FROM manifest_references r
        WHERE r.digest = :digest AND r.repository_id = (SELECT id FROM repositories WHERE name = :repository)
            AND r.kind <> 'subject'
        ORDER BY r.manifest_digest LIMIT :limit
        """
    )

    package func indexes(listing manifest: ManifestPlace, limit: Int) throws -> [Digest] {
        try read("looking for who lists a manifest") { connection in
            try connection.all(
                Self.indexes,
                [
                    ":digest": .text(manifest.digest.description),
                    ":repository": .text(manifest.repository.description),
                    ":limit": .limit(limit),
                ]
            ) { try $0.digest(0) }
        }
    }

    private static let subject = Query(
        """
        SELECT o.digest
        FROM repositories r
            JOIN manifests m ON m.repository_id = r.id
            JOIN manifest_references s ON s.manifest_id = m.id AND s.kind = 'subject'
            JOIN manifests o ON o.repository_id = r.id AND o.digest = s.digest
        WHERE r.name = :repository AND m.digest = :digest
        """
    )

    package func storedSubject(of manifest: ManifestPlace) throws -> Digest? {
        try read("looking for a manifest's subject") { connection in
            try connection.first(
                Self.subject,
                [":repository": .text(manifest.repository.description), ":digest": .text(manifest.digest.description)]
            ) { try $0.digest(0) }
        }
    }
}
