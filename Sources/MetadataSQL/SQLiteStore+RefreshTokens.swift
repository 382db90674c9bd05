internal import GRDB
package import RegistryCore

extension SQLiteStore {
    package func addRefreshToken(_ token: RefreshTokenRecord, hash: String, limit: Int) async throws {
        try await write("adding a refresh token") { db in
            // One that was made with a robot token which was revoked meanwhile is over before it begins.
            if let id = token.token, try db.integer("SELECT 1 FROM tokens WHERE id = :id", ["id": id]) == nil { return }
            try db.run(
                """
                INSERT INTO refresh_tokens (hash, user_name, fingerprint, token_id, created, expires)
                VALUES (:hash, :user, :fingerprint, :token, :created, :expires)
                """,
                [
                    "hash": hash, "user": token.user.description, "fingerprint": token.fingerprint,
                    "token": token.token, "created": token.created.milliseconds,
                    "expires": token.expires.milliseconds,
                ]
            )
            // The new one stays whatever its clock says: it is not among those that are counted.
            try db.run(
                """
                DELETE FROM refresh_tokens WHERE hash IN (
                    SELECT hash FROM refresh_tokens
                    WHERE user_name = :user AND hash <> :hash AND coalesce(token_id, '') = :token
                    ORDER BY created DESC, hash LIMIT :all OFFSET :others
                )
                """,
                [
                    "user": token.user.description, "hash": hash, "token": token.token ?? "", "all": Int64.max,
                    "others": max(limit - 1, 0),
                ]
            )
        }
    }

    private static let byHash = Query(
        "SELECT user_name, fingerprint, token_id, created, expires FROM refresh_tokens WHERE hash = :hash"
    )

    package func refreshToken(hash: String) throws -> RefreshTokenRecord? {
        try read("reading a refresh token") { connection in
            try connection.first(Self.byHash, [":hash": .text(hash)]) { row in
                RefreshTokenRecord(
                    user: try row.userName(0),
                    fingerprint: row.text(1),
                    token: row.isNull(2) ? nil : row.text(2),
                    created: row.timestamp(3),
                    expires: row.timestamp(4)
                )
            }
        }
    }

    package func removeExpiredTokens(before time: Timestamp) async throws {
        try await write("removing expired tokens") { db in
            for table in ["refresh_tokens", "tokens"] {
                try db.run("DELETE FROM \(table) WHERE expires < :time", ["time": time.milliseconds])
            }
        }
    }
}
