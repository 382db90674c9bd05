internal import GRDB
package import RegistryCore

extension SQLiteStore {
    private static let columns = "name, password_hash, created, changed"
    private static let byName = Query("SELECT \(columns) FROM users WHERE name = :name")
    private static let everybody = Query("SELECT \(columns) FROM users ORDER BY name")

    package func user(_ name: UserName) throws -> UserRecord? {
        try read("reading a user") { connection in
            try connection.first(Self.byName, [":name": .text(name.description)]) { try UserRecord($0) }
        }
    }

    package func users() throws -> [UserRecord] {
        try read("listing users") { connection in
            try connection.all(Self.everybody, [:]) { try UserRecord($0) }
        }
    }

    package func addUser(_ user: UserRecord) async throws -> Bool {
        try await write("adding a user") { db in
            try db.run(
                """
                INSERT INTO users (name, password_hash, created, changed) VALUES (:name, :hash, :created, :changed)
                ON CONFLICT (name) DO NOTHING
                """,
                [
                    "name": user.name.description, "hash": user.passwordHash,
                    "created": user.created.milliseconds, "changed": user.changed.milliseconds,
                ]
            ) > 0
        }
    }

    package func setPassword(_ hash: String?, of user: UserName, at time: Timestamp) async throws -> Bool {
        try await write("setting a password") { db in
            let changed = try db.run(
                "UPDATE users SET password_hash = :hash, changed = :time WHERE name = :name",
                ["name": user.description, "hash": hash, "time": time.milliseconds]
            )
            guard changed > 0 else { return false }
            try db.run(
                "DELETE FROM refresh_tokens WHERE user_name = :name AND token_id IS NULL", ["name": user.description])
            return true
        }
    }

    package func removeUser(_ name: UserName) async throws -> Bool {
        try await write("removing a user") { db in
            var removed = try db.run("DELETE FROM users WHERE name = :name", ["name": name.description])
            // These know the user by name alone, and would be those of the next one of that name.
            for (table, column) in [
                ("grants", "user_name"), ("tokens", "user_name"), ("refresh_tokens", "user_name"),
                ("upload_sessions", "owner"),
            ] {
                removed += try db.run("DELETE FROM \(table) WHERE \(column) = :name", ["name": name.description])
            }
            return removed > 0
        }
    }
}

extension UserRecord {
    /// From the columns as ``SQLiteStore`` names them.
    fileprivate init(_ row: borrowing Row) throws {
        self.init(
            name: try row.userName(0),
            passwordHash: row.isNull(1) ? nil : row.text(1),
            created: row.timestamp(2),
            changed: row.timestamp(3)
        )
    }
}
