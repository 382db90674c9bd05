import RegistryCore

@testable import MetadataSQL

func record(_ name: String, password hash: String? = nil) throws -> UserRecord {
    UserRecord(name: try user(name), passwordHash: hash, created: time(1), changed: time(1))
}

func token(_ id: String, of name: String, scope: Scope = Scope(), expires: Timestamp? = nil) throws -> TokenRecord {
    TokenRecord(id: id, name: "ci-\(id)", user: try user(name), scope: scope, created: time(1), expires: expires)
}

func login(
    _ name: String, token: String? = nil, created: Int64 = 1, expires: Int64 = 100
) throws -> RefreshTokenRecord {
    RefreshTokenRecord(
        user: try user(name), fingerprint: "f", token: token, created: time(created), expires: time(expires))
}

extension SQLiteStore {
    func grant(_ permission: Permission, on text: String, to name: String) async throws -> Bool {
        let (pattern, user) = (try some(RepositoryPattern(text)), try some(UserName(name)))
        return try await grant(GrantRecord(pattern: pattern, user: user, permission: permission), at: time(1))
    }

    /// The names of a table's columns; nil: there is no such table.
    func columns(of table: String) async throws -> String? {
        try await write("looking") { try $0.text("SELECT group_concat(name, ' ') FROM pragma_table_info('\(table)')") }
    }
}
