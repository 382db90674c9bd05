package import Logging
package import RegistryCore

/// Finds out who sends a request.
package final class Authenticator: Sendable {
    let store: any AccessStore
    let keys: TokenKeys
    let tokens: AccessTokens
    let audit: any AuditLog
    let now: @Sendable () -> Timestamp
    private let passwords: PasswordVerifier
    private let current: Current

    private final class Current: Sendable {
        let settings: Mutex<AuthenticatorSettings>
        init(_ settings: AuthenticatorSettings) { self.settings = Mutex(settings) }
    }

    package init(
        store: any AccessStore,
        keys: TokenKeys,
        settings: AuthenticatorSettings,
        audit: any AuditLog,
        logger: Logger,
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) throws {
        self.store = store
        self.keys = keys
        self.audit = audit
        self.now = now
        tokens = AccessTokens(keys: keys, now: now)
        let current = Current(settings)
        self.current = current
        passwords = try PasswordVerifier(
            decoys: { current.settings.withLock { $0.htpasswd?.hashes ?? [] } }, logger: logger)
    }

    package var settings: AuthenticatorSettings { current.settings.withLock { $0 } }

    /// Requests that begin afterwards follow the new settings.
    package func reload(_ settings: AuthenticatorSettings) {
        current.settings.withLock { $0 = settings }
    }

    private var accounts: Accounts { Accounts(store: store, htpasswd: settings.htpasswd) }

    func account(_ name: UserName) async throws -> Account? { try await accounts.account(name) }

    /// Who it is. Credentials that are not right are an error, even where none would do.
    ///
    /// Throws `unauthorized`; `tooManyRequests` and `unavailable` where too many passwords are tried at once.
    package func login(_ credentials: Credentials, from address: String) async throws -> Login {
        switch credentials.header {
        case .none:
            guard let name = credentials.certificate else { return Login(Caller(user: nil, address: address)) }
            guard let account = try await account(name) else {
                // Whoever comes without credentials may do what everybody may, and so may they.
                await recordFailure(name.description, "certificate", from: address)
                return Login(Caller(user: nil, address: address))
            }
            var login = Login(account, by: account.identity, address: address)
            login.isByCertificate = true
            return login
        case .basic(let user, let password):
            return try await login(user, password, from: address)
        case .bearer(let token):
            return try await login(bearer: token, from: address)
        case .unusable:
            throw refusal("the Authorization header is neither Basic nor Bearer, or cannot be read", Challenge())
        }
    }

    // MARK: A name and a password

    private func login(_ user: String, _ password: String, from address: String) async throws -> Login {
        let name = UserName(user)
        let account = if let name { try await account(name) } else { Account?.none }
        if let account, let login = try await login(account, robot: password, from: address) { return login }
        // What is no name at all takes as long as a wrong password.
        let isRight = try await passwords.isValid(
            password, of: name ?? .nobody, hash: account?.passwordHash, from: address)
        guard isRight, let account else {
            await recordFailure(user, "password", from: address)
            throw refusal("the user name or the password is wrong", Challenge(isBasic: true))
        }
        return Login(account, address: address)
    }

    /// A robot token stands where the password would be; nil: it is none of this user's.
    private func login(_ account: Account, robot secret: String, from address: String) async throws -> Login? {
        guard secret.hasPrefix(Secrets.robotPrefix),
            let token = try await store.token(hash: Secrets.hash(secret)), isGood(token, for: account.name)
        else { return nil }
        return Login(account, by: account.identity, scope: token.scope, address: address, robot: token)
    }

    func isGood(_ token: TokenRecord, for user: UserName) -> Bool {
        token.user == user && token.expires.map { $0 > now() } ?? true
    }

    // MARK: Tokens

    private func login(bearer text: String, from address: String) async throws -> Login {
        let settings = settings
        do {
            // Most requests end here, with nothing parsed.
            if settings.tokenLifetime != nil, let claims = try tokens.remembered(text, audience: settings.realm) {
                return try await login(claims, from: address)
            }
            if let issuers = settings.issuers, issuers.isIssuer(of: text) {
                return try await login(outside: try issuers.verify(text, audience: settings.realm), address)
            }
            guard settings.tokenLifetime != nil else { throw TokenError(.unknownKey, "tokens are turned off here") }
            let claims = try tokens.verify(text, audience: settings.realm)
            return try await login(claims, from: address)
        } catch let error as TokenError {
            // That a token ends is nothing to look into: clients notice by trying.
            if error.reason != .expired { try await recordBadToken(nil, "token: \(error)", from: address) }
            throw refusal("\(error)", Challenge(error: "invalid_token"))
        } catch let error as TokenRefused {
            // It was a good one once: nobody guesses, and the client is to get another soon.
            await recordFailure(error.user, "token: \(error.reason)", from: address)
            throw refusal(error.reason, Challenge(error: "invalid_token"))
        }
    }

    private func login(_ claims: AccessTokenClaims, from address: String) async throws -> Login {
        let scope = claims.access ?? Scope()
        if claims.subject.isEmpty { return Login(Caller(user: nil, scope: scope, isBearer: true, address: address)) }
        guard let name = UserName(claims.subject), let account = try await account(name),
            account.hasMade(claims.fingerprint)
        else { throw TokenRefused("the token's user is gone, or has another password", claims.subject) }
        if let id = claims.robot {
            guard let token = try await store.token(id: id), isGood(token, for: name) else {
                throw TokenRefused("the token was revoked", claims.subject)
            }
        }
        return Login(
            account, by: claims.fingerprint, scope: scope, isBearer: true, address: address, robotID: claims.robot)
    }

    /// Another issuer names a user of ours, who may do what both say. A token that says nothing of what it allows allows nothing.
    private func login(outside claims: AccessTokenClaims, _ address: String) async throws -> Login {
        guard let name = UserName(claims.subject), let account = try await account(name) else {
            throw TokenRefused("\(claims.issuer) names a user who is not known here", claims.subject)
        }
        // Whoever had the name before is somebody else.
        guard claims.issued.milliseconds / 1000 >= account.created.milliseconds / 1000 else {
            throw TokenRefused("the token is older than its user", claims.subject)
        }
        return Login(
            account, by: account.identity, scope: claims.access ?? Scope(), isBearer: true, address: address)
    }

    /// Whether what the caller was let in by counts still: the user is there with the same credentials, the robot token was not
    /// revoked. That a bearer token has ended meanwhile is nothing: what takes longer than its life is not broken off.
    package func isCurrent(_ caller: Caller) async throws -> Bool {
        guard let user = caller.user, let proof = caller.proof else { return true }
        guard let account = try await account(user), account.hasMade(proof.fingerprint) else { return false }
        guard let id = proof.robot else { return true }
        guard let token = try await store.token(id: id) else { return false }
        return isGood(token, for: user)
    }

    // MARK: Refusals

    func refusal(_ message: String, _ challenge: Challenge) -> RegistryError {
        var error = RegistryError(.unauthorized, message)
        error.challenge = challenge
        return error
    }

    /// Whoever tries out tokens is slowed down as those are who try passwords; a line in the log costs them that.
    func recordBadToken(_ user: String?, _ what: String, from address: String) async throws {
        try await passwords.recordFailure(from: address)
        await recordFailure(user, what, from: address)
    }

    private func recordFailure(_ user: String?, _ what: String, from address: String) async {
        // What somebody sends as a name may be of any length.
        let user = user.map { $0.utf8.count <= 128 ? $0 : "\($0.prefix(100))…" }
        await audit.record(AuditEvent(.loginFailed, actor: user, origin: address, [("what", what)]))
    }
}

/// What the operator says of logins.
package struct AuthenticatorSettings: Sendable {
    /// Whom tokens are for: the protection space that clients are told of (RFC 9110, section 11.5).
    package var realm: String
    /// Of access tokens; nil: there are none, and clients send their password with every request.
    package var tokenLifetime: Duration?
    /// Users beside those of the store.
    package var htpasswd: HtpasswdFile?
    /// Others whose tokens count.
    package var issuers: OutsideIssuers?

    package init(
        realm: String,
        tokenLifetime: Duration?,
        htpasswd: HtpasswdFile? = nil,
        issuers: OutsideIssuers? = nil
    ) {
        self.realm = realm
        self.tokenLifetime = tokenLifetime
        self.htpasswd = htpasswd
        self.issuers = issuers
    }
}

/// Somebody whose credentials were right, or who had none.
package struct Login: Sendable {
    package var caller: Caller
    /// They used this robot token in place of the password.
    var robot: TokenRecord?
    var isByCertificate = false

    init(_ caller: Caller) {
        self.caller = caller
    }

    /// - Parameter fingerprint: of what it was made with; nil: of the password.
    init(
        _ account: Account,
        by fingerprint: String? = nil,
        scope: Scope? = nil,
        isBearer: Bool = false,
        address: String,
        robot: TokenRecord? = nil,
        robotID: String? = nil
    ) {
        caller = Caller(
            user: account.name, scope: scope, isBearer: isBearer, address: address,
            proof: Caller.Proof(fingerprint: fingerprint ?? account.fingerprint, robot: robot?.id ?? robotID))
        self.robot = robot
    }
}

/// A token that is what it should be, but does not count any more.
struct TokenRefused: Error {
    var reason: String
    var user: String?

    init(_ reason: String, _ user: String? = nil) {
        self.reason = reason
        self.user = user
    }
}
