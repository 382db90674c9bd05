internal import GRDB
package import RegistryCore

extension SQLiteStore {
    /// On the way of every request that says who it is from: one statement, so one look at the database.
    private static let standing = Query(
        """
        SELECT 'visibility', visibility FROM repositories WHERE name = :repository
        UNION ALL
        SELECT 'grant', permission FROM grants WHERE user_name = :user AND pattern IN (:first, :second, :third)
        """
    )

    package func standing(of user: UserName?, in repository: RepositoryName) throws -> Standing {
        try recentStandings.row(StandingKey(user: user, repository: repository)) {
            try readStanding(of: user, in: repository)
        }
    }

    private func readStanding(of user: UserName?, in repository: RepositoryName) throws -> Standing {
        // Its own, its namespace's if it is in one, and everybody's.
        let patterns = repository.patterns.map(\.description)
        func pattern(_ index: Int) -> Argument { .text(index < patterns.count ? patterns[index] : nil) }
        return try read("reading who may do what") { connection in
            var standing = Standing(visibility: nil, grant: nil)
            try connection.each(
                Self.standing,
                [
                    // Nobody's grants are none, as NULL equals nothing.
                    ":user": .text(user?.description), ":repository": .text(repository.description),
                    ":first": pattern(0), ":second": pattern(1), ":third": pattern(2),
                ]
            ) { row in
                if row.text(0) == "visibility" {
                    standing.visibility = try row.visibility(1)
                } else {
                    let permission = try row.permission(1)
                    standing.grant = standing.grant.map { max($0, permission) } ?? permission
                }
                return true
            }
            return standing
        }
    }

    private static let allGrants = Query(
        "SELECT pattern, user_name, permission FROM grants ORDER BY pattern, user_name"
    )
    private static let grantsOnPattern = Query(
        "SELECT pattern, user_name, permission FROM grants WHERE pattern = :pattern ORDER BY user_name"
    )

    package func grants(on pattern: RepositoryPattern?) throws -> [GrantRecord] {
        try read("listing grants") { connection in
            guard let pattern else { return try connection.all(Self.allGrants, [:]) { try GrantRecord($0) } }
            return try connection.all(Self.grantsOnPattern, [":pattern": .text(pattern.description)]) {
                try GrantRecord($0)
            }
        }
    }

    package func grant(_ grant: GrantRecord, at time: Timestamp) async throws -> Bool {
        try await write("granting a permission") { db in
            // A grant that came before its repository would be one on whatever is pushed there some day.
            if case .repository(let name) = grant.pattern, try db.repositoryID(name) == nil { return false }
            try db.run(
                """
                INSERT INTO grants (user_name, pattern, permission, created)
                VALUES (:user, :pattern, :permission, :time)
                ON CONFLICT (user_name, pattern) DO UPDATE SET
                    permission = excluded.permission,
                    created = excluded.created
                """,
                [
                    "user": grant.user.description, "pattern": grant.pattern.description,
                    "permission": grant.permission.rawValue, "time": time.milliseconds,
                ]
            )
            return true
        }
    }

    package func revoke(_ pattern: RepositoryPattern, from user: UserName) async throws -> Bool {
        try await write("revoking a grant") { db in
            try db.run(
                "DELETE FROM grants WHERE user_name = :user AND pattern = :pattern",
                ["user": user.description, "pattern": pattern.description]
            ) > 0
        }
    }
}

extension GrantRecord {
    fileprivate init(_ row: borrowing Row) throws {
        self.init(pattern: try row.pattern(0), user: try row.userName(1), permission: try row.permission(2))
    }
}
