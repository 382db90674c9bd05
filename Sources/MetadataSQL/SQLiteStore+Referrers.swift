package import RegistryCore

extension SQLiteStore {
    private static let page = Query(
        """
        SELECT m.digest, m.media_type, m.size, m.artifact_type, m.annotations
        FROM manifest_references r JOIN manifests m ON m.id = r.manifest_id
        WHERE r.digest = :subject
            AND r.repository_id = (SELECT id FROM repositories WHERE name = :repository)
            AND r.kind = 'subject'
            AND r.manifest_digest > :after
            AND (CAST(:type AS TEXT) IS NULL OR m.artifact_type = :type)
        ORDER BY r.manifest_digest LIMIT :limit
        """
    )

    package func referrers(
        of subject: Digest,
        in repository: RepositoryName,
        artifactType: String?,
        after: Digest?,
        limit: Int
    ) throws -> [Referrer] {
        try read("listing referrers") { connection in
            try connection.all(
                Self.page,
                [
                    ":subject": .text(subject.description), ":repository": .text(repository.description),
                    ":after": .text(after?.description ?? ""), ":type": .text(artifactType), ":limit": .limit(limit),
                ]
            ) { row in
                Referrer(
                    digest: try row.digest(0),
                    mediaType: row.text(1),
                    size: row.integer(2),
                    artifactType: row.isNull(3) ? nil : row.text(3),
                    annotations: row.isNull(4) ? nil : row.text(4)
                )
            }
        }
    }
}
