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

    private static let page = Query(
        "SELECT name FROM repositories WHERE name > :after ORDER BY name LIMIT :limit"
    )

    package func repositories(after: String?, limit: Int) throws -> [RepositoryName] {
        try read("listing repositories") { connection in
            // Every name comes after the empty one.
            try connection.all(Self.page, [":after": .text(after ?? ""), ":limit": .limit(limit)]) {
                try $0.repositoryName(0)
            }
        }
    }
}

extension Argument {
    /// Below zero would be no limit.
    static func limit(_ rows: Int) -> Argument { .integer(Int64(max(rows, 0))) }
}

extension Database {
    func repositoryID(_ name: RepositoryName) throws -> Int64? {
        try integer("SELECT id FROM repositories WHERE name = :name", ["name": name.description])
    }

    /// Creates the repository if need be.
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
