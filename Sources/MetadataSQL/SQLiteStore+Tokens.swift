internal import GRDB
package import RegistryCore

extension SQLiteStore {
    package func addToken(_ token: TokenRecord, hash: String) async throws -> Bool {
        try await write("adding a token") { db in
            try db.run(
                """
                INSERT INTO tokens (id, user_name, name, hash, scope, created, expires)
                VALUES (:id, :user, :name, :hash, :scope, :created, :expires)
                ON CONFLICT (user_name, name) DO NOTHING
                """,
                [
                    "id": token.id, "user": token.user.description, "name": token.name, "hash": hash,
                    "scope": token.scope.texts.joined(separator: " "),
                    "created": token.created.milliseconds, "expires": token.expires?.milliseconds,
                ]
            ) > 0
        }
    }

    private static let columns = "id, user_name, name, scope, created, expires"
    private static let byHash = Query("SELECT \(columns) FROM tokens WHERE hash = :hash")
    private static let byID = Query("SELECT \(columns) FROM tokens WHERE id = :id")

    package func token(hash: String) throws -> TokenRecord? {
        try read("reading a token") { connection in
            try connection.first(Self.byHash, [":hash": .text(hash)]) { try TokenRecord($0) }
        }
    }

    package func token(id: String) throws -> TokenRecord? {
        try read("reading a token") { connection in
            try connection.first(Self.byID, [":id": .text(id)]) { try TokenRecord($0) }
        }
    }

    private static let allTokens = Query("SELECT \(columns) FROM tokens ORDER BY user_name, name")
    private static let tokensOfUser = Query("SELECT \(columns) FROM tokens WHERE user_name = :user ORDER BY name")

    package func tokens(of user: UserName?) throws -> [TokenRecord] {
        try read("listing tokens") { connection in
            guard let user else { return try connection.all(Self.allTokens, [:]) { try TokenRecord($0) } }
            return try connection.all(Self.tokensOfUser, [":user": .text(user.description)]) { try TokenRecord($0) }
        }
    }

    package func revokeToken(_ name: String, of user: UserName) async throws -> Bool {
        try await write("revoking a token") { db in
            // Its refresh tokens go with it.
            try db.run(
                "DELETE FROM tokens WHERE user_name = :user AND name = :name",
                ["user": user.description, "name": name]
            ) > 0
        }
    }
}

extension TokenRecord {
    /// From the columns as ``SQLiteStore`` names them.
    fileprivate init(_ row: borrowing Row) throws {
        self.init(
            id: row.text(0),
            name: row.text(2),
            user: try row.userName(1),
            scope: try row.scope(3),
            created: row.timestamp(4),
            expires: row.isNull(5) ? nil : row.timestamp(5)
        )
    }
}
