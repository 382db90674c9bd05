package import RegistryCore

extension SQLiteStore {
    private static let page = Query(
        "SELECT name FROM repositories WHERE name > :after ORDER BY name LIMIT :limit"
    )

    /// What a user may read: each reason for it is a range of an index, or several in their order, read up to the limit. So what
    /// the user may not read costs nothing, however much it is.
    ///
    /// `alice/*` is everything from `alice/` to `alice0`, as 0 is what comes after the slash, and no name is `alice/`. In other
    /// patterns there is nothing to replace: they end where they begin.
    static let visible = Query(
        """
        SELECT name FROM (
            SELECT name FROM repositories WHERE visibility = 'public' AND name > :after ORDER BY name LIMIT :limit
        ) AS those_for_all
        UNION
        SELECT name FROM (
            SELECT name FROM repositories
            WHERE name > CASE WHEN :own > :after THEN :own ELSE :after END AND name < :own_end
            ORDER BY name LIMIT :limit
        ) AS own
        UNION
        SELECT name FROM (
            SELECT r.name FROM grants g JOIN repositories r ON r.name = g.pattern
            WHERE g.user_name = :user AND g.pattern > :after
            ORDER BY g.pattern LIMIT :limit
        ) AS granted
        UNION
        SELECT name FROM (
            SELECT r.name
            FROM grants g
                JOIN repositories r
                    ON r.name > CASE
                        WHEN replace(g.pattern, '/*', '/') > :after THEN replace(g.pattern, '/*', '/') ELSE :after
                    END
                    AND r.name < replace(g.pattern, '/*', '0')
            WHERE g.user_name = :user
            ORDER BY g.pattern, r.name LIMIT :limit
        ) AS granted_namespaces
        UNION
        SELECT name FROM (
            SELECT r.name FROM grants g CROSS JOIN repositories r
            WHERE g.user_name = :user AND g.pattern = '*' AND r.name > :after
            ORDER BY r.name LIMIT :limit
        ) AS everything
        ORDER BY name LIMIT :limit
        """
    )

    package func repositories(
        _ filter: RepositoryFilter,
        after: String?,
        limit: Int
    ) throws -> [RepositoryName] {
        try read("listing repositories") { connection in
            // Every name comes after the empty one.
            let (after, limit) = (Argument.text(after ?? ""), Argument.limit(limit))
            switch filter {
            case .all:
                return try connection.all(Self.page, [":after": after, ":limit": limit]) { try $0.repositoryName(0) }
            case .readable(let user):
                return try connection.all(
                    Self.visible,
                    [
                        ":after": after, ":limit": limit, ":user": .text(user?.description),
                        ":own": .text(user.map { "\($0)/" }), ":own_end": .text(user.map { "\($0)0" }),
                    ]
                ) {
                    try $0.repositoryName(0)
                }
            }
        }
    }

    private static let holders = Query(
        """
        SELECT r.name
        FROM blobs b
            JOIN repository_blobs rb ON rb.blob_id = b.id
            JOIN repositories r ON r.id = rb.repository_id
        WHERE b.digest = :digest
            AND EXISTS (SELECT 1 FROM blob_locations l WHERE l.blob_id = b.id)
        LIMIT :limit
        """
    )

    /// The namespace's pattern is what a name has before its first slash, with the slash, and a star. Of a name without a slash
    /// that makes no pattern.
    ///
    /// A blob that everybody has may be in any number of repositories that the user may not read: at most :most are looked at.
    private static let visibleHolders = Query(
        """
        SELECT r.name
        FROM (
            SELECT rb.repository_id
            FROM blobs b JOIN repository_blobs rb ON rb.blob_id = b.id
            WHERE b.digest = :digest
                AND EXISTS (SELECT 1 FROM blob_locations l WHERE l.blob_id = b.id)
            LIMIT :most
        ) AS holders
            JOIN repositories r ON r.id = holders.repository_id
        WHERE (
                r.visibility = 'public'
                OR (r.name > :own AND r.name < :own_end)
                OR EXISTS (
                    SELECT 1 FROM grants g
                    WHERE g.user_name = :user AND g.pattern IN (
                        r.name,
                        substr(
                            r.name, 1,
                            length(r.name) - length(ltrim(r.name, 'abcdefghijklmnopqrstuvwxyz0123456789._-')) + 1
                        ) || '*',
                        '*'
                    )
                )
            )
        LIMIT :limit
        """
    )

    package func repositories(
        having digest: Digest,
        _ filter: RepositoryFilter,
        limit: Int
    ) throws -> [RepositoryName] {
        try read("looking for repositories with a blob") { connection in
            let (digest, limit) = (Argument.text(digest.description), Argument.limit(limit))
            switch filter {
            case .all:
                return try connection.all(Self.holders, [":digest": digest, ":limit": limit]) {
                    try $0.repositoryName(0)
                }
            case .readable(let user):
                return try connection.all(
                    Self.visibleHolders,
                    [
                        ":digest": digest, ":limit": limit, ":most": .limit(4000), ":user": .text(user?.description),
                        ":own": .text(user.map { "\($0)/" }), ":own_end": .text(user.map { "\($0)0" }),
                    ]
                ) {
                    try $0.repositoryName(0)
                }
            }
        }
    }
}

extension Argument {
    /// Below zero would be no limit.
    static func limit(_ rows: Int) -> Argument { .integer(Int64(max(rows, 0))) }
}
