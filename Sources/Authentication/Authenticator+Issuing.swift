package import RegistryCore

/// What a client gets for its credentials (Docker's token authentication specification, "Token Response Fields").
package struct IssuedToken: Sendable {
    package var token: String
    package var lifetime: Duration
    package var issued: Timestamp
    /// To get further tokens with, instead of the password; nil: none was asked for, or nobody in particular asks.
    package var refreshToken: String?
}

extension Authenticator {
    /// How long a client can go on without its password.
    private static let refreshLifetime = Duration.seconds(90 * 24 * 3600)
    /// One more, and the user's oldest goes.
    private static let mostRefreshTokens = 100

    /// The login that a refresh token stands for.
    package func login(refresh secret: String, from address: String) async throws -> Login {
        guard secret.hasPrefix(Secrets.refreshPrefix),
            let record = try await store.refreshToken(hash: Secrets.hash(secret)), record.expires > now(),
            let account = try await account(record.user), account.hasMade(record.fingerprint)
        else { return try await refuseRefresh(nil, address) }
        var robot: TokenRecord?
        if let id = record.token {
            guard let token = try await store.token(id: id), isGood(token, for: account.name) else {
                return try await refuseRefresh(account.name, address)
            }
            robot = token
        }
        return Login(
            account, by: record.fingerprint, scope: robot?.scope, address: address, robot: robot)
    }

    private func refuseRefresh(_ user: UserName?, _ address: String) async throws -> Login {
        try await recordBadToken(user?.description, "refresh token", from: address)
        throw refusal("the refresh token is not known, or is over: log in again", Challenge(isBasic: true))
    }

    /// An access token that says `scope`, which the login's user may have (``Registry/grantable(_:to:)``).
    ///
    /// - Parameter isOffline: with a new refresh token.
    package func issue(_ scope: Scope, to login: Login, isOffline: Bool) async throws -> IssuedToken {
        guard let lifetime = settings.tokenLifetime else {
            throw RegistryError(.routeUnknown, "there are no tokens here: access.tokens.enabled is false")
        }
        let time = now()
        let user = login.caller.user
        let claims = AccessTokenClaims(
            issuer: settings.realm, audience: settings.realm, subject: user?.description ?? "", issued: time,
            notBefore: time, expires: time + lifetime, id: Secrets.make(""), access: scope,
            fingerprint: login.caller.proof?.fingerprint ?? "",
            robot: login.robot?.id)
        var issued = IssuedToken(token: try tokens.sign(claims), lifetime: lifetime, issued: time)
        // A certificate ends by itself, and what it was good for with it.
        if isOffline, let user, !login.isByCertificate {
            let secret = Secrets.make(Secrets.refreshPrefix)
            let end = time + Self.refreshLifetime
            let record = RefreshTokenRecord(
                user: user, fingerprint: login.caller.proof?.fingerprint ?? "", token: login.robot?.id, created: time,
                expires: login.robot?.expires.map { min($0, end) } ?? end)
            try await store.addRefreshToken(
                record, hash: Secrets.hash(secret), limit: Self.mostRefreshTokens)
            issued.refreshToken = secret
        }
        return issued
    }
}

extension Authenticator {
    /// The public parts of the keys that access tokens are signed with, as a JWK set (RFC 7517).
    package var keySet: [UInt8] { get throws { try keys.jwks } }
}
