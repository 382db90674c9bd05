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
            let old = try await store.tokens(of: user).first { $0.name == name }
            let remedy = "registryd token revoke \(name) --user \(user)"
            throw AdministrationError(
                .exists,
                old.map { $0.isOver(at: time) } ?? false
                    ? "user \(user) has a token \(name) already, which has expired; to remove it: \(remedy)"
                    : "user \(user) has a token \(name) already; choose another name, or revoke that one first: \(remedy)"
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

    /// In order of user and name.
    ///
    /// - Parameter user: whose; nil: everybody's.
    package func tokens(of user: UserName?) async throws -> [TokenRecord] {
        let tokens = try await store.tokens(of: user)
        // Who went out of an htpasswd file may have left some.
        if let user, tokens.isEmpty { try await requireUser(user, .find) }
        return tokens
    }

    /// Logins with it end too.
    package func revokeToken(_ name: String, of user: UserName) async throws {
        guard try await store.revokeToken(name, of: user) else {
            if try await store.tokens(of: user).isEmpty { try await requireUser(user, .find) }
            throw AdministrationError(
                .unknown, "user \(user) has no token \(name); to see all: registryd token list --user \(user)")
        }
        await record(.tokenRevoked, [("user", user.description), ("token", name)])
    }
}

extension TokenRecord {
    /// Whether nobody gets in with it any more.
    package func isOver(at time: Timestamp) -> Bool { expires.map { $0 <= time } ?? false }
}
