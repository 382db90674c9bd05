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
        limit: Int,
        bytes: Int
    ) throws -> Page<Referrer> {
        try read("listing referrers") { connection in
            var page = Page<Referrer>(elements: [], hasMore: false)
            var size = 0
            try connection.each(
                Self.page,
                [
                    ":subject": .text(subject.description), ":repository": .text(repository.description),
                    ":after": .text(after?.description ?? ""), ":type": .text(artifactType),
                    // One more tells whether there are more.
                    ":limit": .limit(max(limit, 0) + 1),
                ]
            ) { row in
                // Annotations may be megabytes each: no row is read after the first that does not fit.
                size += Referrer.listedSize(annotations: row.isNull(4) ? 0 : row.textBytes(4).count)
                guard page.elements.count < limit, size <= bytes || page.elements.isEmpty else {
                    page.hasMore = true
                    return false
                }
                page.elements.append(try Referrer(row))
                return true
            }
            return page
        }
    }
}

extension Referrer {
    fileprivate init(_ row: borrowing Row) throws {
        self.init(
            digest: try row.digest(0),
            mediaType: row.text(1),
            size: row.integer(2),
            artifactType: row.isNull(3) ? nil : row.text(3),
            annotations: row.isNull(4) ? nil : row.text(4)
        )
    }
}
