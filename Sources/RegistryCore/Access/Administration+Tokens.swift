extension Administration {
    /// Makes a robot token.
    ///
    /// - Parameters:
    ///   - lifetime: from now; nil: it does not end.
    ///   - hash: of the secret, which is kept nowhere.
    package func createToken(
        _ name: String,
        for user: UserName,
        _ scope: Scope,
        lifetime: Duration?,
        hash: String
    ) async throws -> TokenRecord {
        try await requireUser(user)
        let time = now()
        let token = TokenRecord(
            id: UploadID().description, name: name, user: user, scope: scope, created: time,
            expires: lifetime.map { time + $0 })
        guard try await store.addToken(token, hash: hash) else {
            throw AdministrationError(
                .exists,
                "user \(user) has a token \(name) already; choose another name, or revoke that one first: "
                    + "registryd token revoke \(name) --user \(user)"
            )
        }
        await record(
            .tokenCreated,
            [
                ("user", user.description), ("token", name), ("scope", scope.texts.joined(separator: " ")),
                ("expires", token.expires?.description ?? "never"),
            ]
        )
        return token
    }

    /// Logins with it end too.
    package func revokeToken(_ name: String, of user: UserName) async throws {
        guard try await store.revokeToken(name, of: user) else {
            throw AdministrationError(
                .unknown, "user \(user) has no token \(name); to see all: registryd token list --user \(user)")
        }
        await record(.tokenRevoked, [("user", user.description), ("token", name)])
    }
}
