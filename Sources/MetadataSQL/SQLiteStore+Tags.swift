internal import GRDB
package import RegistryCore

extension SQLiteStore {
    private static let page = Query(
        """
        SELECT name FROM tags
        WHERE repository_id = :repository AND name > :after
        ORDER BY name LIMIT :limit
        """
    )

    package func tags(in repository: RepositoryName, after: String?, limit: Int) throws -> [Tag]? {
        try read("listing tags") { connection in
            guard let id = try Self.id(of: repository, on: connection) else { return nil }
            return try connection.all(
                Self.page,
                [":repository": .integer(id), ":after": .text(after ?? ""), ":limit": .limit(limit)]
            ) {
                try $0.tag(0)
            }
        }
    }

    package func deleteTag(_ tag: Tag, in repository: RepositoryName) async throws -> Bool {
        try await write("deleting a tag") { db in
            guard let repositoryID = try db.repositoryID(repository) else { return false }
            try db.suspectManifest(of: tag, in: repositoryID)
            return try db.run(
                """
                DELETE FROM tags WHERE repository_id = :repository AND name = :tag
                """,
                ["repository": repositoryID, "tag": tag.description]
            ) > 0
        }
    }
}
