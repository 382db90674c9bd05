/// What the metadata store keeps of users, of who may do what, and of tokens. Secrets are kept as hashes alone.
///
/// As with ``MetadataStore``, each call is one transaction that survives power loss, and reads do not suspend where they need
/// not. Nothing is cached: what another process changed counts at once.
package protocol AccessStore: Sendable {
    // MARK: Users

    func user(_ name: UserName) async throws -> UserRecord?
    /// All, in order of their names.
    func users() async throws -> [UserRecord]
    /// False: there is one of that name; nothing was changed.
    func addUser(_ user: UserRecord) async throws -> Bool
    /// Sets the hash of the user's password (nil: takes the password away), and ends the logins that were made
    /// with it; those by robot tokens stay.
    /// False: there is no such user.
    func setPassword(_ hash: String?, of user: UserName, at time: Timestamp) async throws -> Bool
    /// Removes the user with all grants, tokens and upload sessions, also those of a user who has no record here; the
    /// repositories stay. False: there was nothing of such a user.
    func removeUser(_ name: UserName) async throws -> Bool

    // MARK: Repositories and grants

    /// What is known of a repository and of a user's grants that cover it. `user` nil: nobody, who has none.
    func standing(of user: UserName?, in repository: RepositoryName) async throws -> Standing
    func repository(_ name: RepositoryName) async throws -> RepositoryRecord?
    /// False: there is one of that name; nothing was changed.
    func createRepository(_ name: RepositoryName, _ visibility: Visibility, at time: Timestamp) async throws -> Bool
    /// False: there is no such repository.
    func setVisibility(_ visibility: Visibility, of repository: RepositoryName) async throws -> Bool
    /// Removes a repository with its manifests, tags, upload sessions and grants. Blobs that nobody else has are garbage then.
    /// False: there is no such repository.
    func deleteRepository(_ name: RepositoryName) async throws -> Bool
    /// The grants on exactly this pattern (nil: all grants), in order of pattern and user.
    func grants(on pattern: RepositoryPattern?) async throws -> [GrantRecord]
    /// Takes the place of the user's earlier grant on the same pattern. False: the pattern is a repository that does not exist.
    func grant(_ grant: GrantRecord, at time: Timestamp) async throws -> Bool
    /// False: there was no such grant.
    func revoke(_ pattern: RepositoryPattern, from user: UserName) async throws -> Bool

    // MARK: Tokens

    /// False: the user has one of that name; nothing was changed.
    func addToken(_ token: TokenRecord, hash: String) async throws -> Bool
    /// The robot token whose secret has this hash.
    func token(hash: String) async throws -> TokenRecord?
    func token(id: String) async throws -> TokenRecord?
    /// In order of user and name; nil: everybody's.
    func tokens(of user: UserName?) async throws -> [TokenRecord]
    /// Its logins end too. False: there was no such token.
    func revokeToken(_ name: String, of user: UserName) async throws -> Bool

    /// Keeps a refresh token. Of those that were made with the same robot token of a user, or with the user's password, the
    /// oldest go when there are more than `limit`.
    func addRefreshToken(_ token: RefreshTokenRecord, hash: String, limit: Int) async throws
    func refreshToken(hash: String) async throws -> RefreshTokenRecord?
    /// Removes refresh tokens, and robot tokens, that expired before `time`.
    func removeExpiredTokens(before time: Timestamp) async throws
}

package struct UserRecord: Sendable, Hashable {
    package var name: UserName
    /// In crypt(5)'s format; nil: no password, the user comes with certificates, tokens, or from the htpasswd file.
    package var passwordHash: String?
    package var created: Timestamp
    /// When the password was last set, or taken away.
    package var changed: Timestamp

    package init(name: UserName, passwordHash: String?, created: Timestamp, changed: Timestamp) {
        self.name = name
        self.passwordHash = passwordHash
        self.created = created
        self.changed = changed
    }
}

package struct RepositoryRecord: Sendable, Hashable {
    package var name: RepositoryName
    package var visibility: Visibility
    package var created: Timestamp
    package var tags: Int64
    package var manifests: Int64
    /// Of the blobs that it has: their number, and their bytes (which other repositories may have too).
    package var blobs: Int64
    package var size: Int64

    package init(
        name: RepositoryName, visibility: Visibility, created: Timestamp, tags: Int64, manifests: Int64, blobs: Int64,
        size: Int64
    ) {
        self.name = name
        self.visibility = visibility
        self.created = created
        self.tags = tags
        self.manifests = manifests
        self.blobs = blobs
        self.size = size
    }
}

package struct GrantRecord: Sendable, Hashable {
    package var pattern: RepositoryPattern
    package var user: UserName
    package var permission: Permission

    package init(pattern: RepositoryPattern, user: UserName, permission: Permission) {
        self.pattern = pattern
        self.user = user
        self.permission = permission
    }
}

/// A robot token: a second password of its user that may do less and ends.
package struct TokenRecord: Sendable, Hashable {
    /// Random, for other tokens to refer to it.
    package var id: String
    /// Unique among its user's.
    package var name: String
    package var user: UserName
    package var scope: Scope
    package var created: Timestamp
    /// nil: never.
    package var expires: Timestamp?

    package init(id: String, name: String, user: UserName, scope: Scope, created: Timestamp, expires: Timestamp?) {
        self.id = id
        self.name = name
        self.user = user
        self.scope = scope
        self.created = created
        self.expires = expires
    }
}

/// A login that a client keeps instead of a password (Docker's token specification, "Refresh token").
package struct RefreshTokenRecord: Sendable, Hashable {
    package var user: UserName
    /// Of the credentials that it was made with: when those change, it is over.
    package var fingerprint: String
    /// The robot token that it was made with; nil: it was a password.
    package var token: String?
    package var created: Timestamp
    package var expires: Timestamp

    package init(user: UserName, fingerprint: String, token: String?, created: Timestamp, expires: Timestamp) {
        self.user = user
        self.fingerprint = fingerprint
        self.token = token
        self.created = created
        self.expires = expires
    }
}
