internal import FoundationEssentials
package import RegistryCore

/// Signs our access tokens and verifies them.
package final class AccessTokens: Sendable {
    let keys: TokenKeys
    private let now: @Sendable () -> Timestamp
    private let verified: Mutex<VerifiedTokens>

    /// - Parameter capacity: how many verified tokens are remembered.
    package init(
        keys: TokenKeys,
        capacity: Int = 10_000,
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.keys = keys
        self.now = now
        verified = Mutex(VerifiedTokens(capacity: capacity))
    }

    /// A token that says `claims`, signed with the newest key (RFC 7515, section 7.1). Without `access` it gives nothing.
    package func sign(_ claims: AccessTokenClaims) throws -> String {
        var claims = claims
        claims.access = claims.access ?? Scope()
        return try keys.newest.token(TokenPayload(claims))
    }

    /// What a token says that counts now.
    ///
    /// - Parameters:
    ///   - issuer: nil: the same as `audience`, since a registry gives out tokens for itself.
    ///   - audience: whom it has to be for.
    package func verify(
        _ token: String,
        issuer: String? = nil,
        audience: String
    ) throws(TokenError) -> AccessTokenClaims {
        if let claims = try remembered(token, issuer: issuer, audience: audience) { return claims }
        let parts = try CompactToken(token)
        // Exactly ours, whatever the key could do otherwise.
        guard parts.header.alg == SignatureAlgorithm.es256.rawValue else {
            throw TokenError(.wrongAlgorithm, "the token is not signed with ES256")
        }
        guard let kid = parts.header.kid, let key = keys.key(kid) else {
            // What is over is no attack, and its key may be gone for that reason. It is refused either way.
            if let claims = try? parts.payload.claims(for: audience) { try claims.check(at: now()) }
            throw TokenError(.unknownKey, "the token is signed with a key that is not known here")
        }
        try key.publicKey.check(parts, .es256)
        let claims = try parts.payload.claims(for: audience)
        guard claims.access != nil else { throw TokenError(.malformed, "the token does not say what it allows") }
        try check(claims, issuer, audience)
        verified.withLock { $0.insert(VerifiedTokens.Entry(kid: kid, claims: claims), SHA256Digest(token)) }
        return claims
    }

    /// The same without any parsing: nil where the token has to be verified first.
    package func remembered(
        _ token: String,
        issuer: String? = nil,
        audience: String
    ) throws(TokenError) -> AccessTokenClaims? {
        guard token.utf8.count <= CompactToken.maximumLength else { return nil }
        let hash = SHA256Digest(token)
        guard let entry = verified.withLock({ $0.entry(hash) }) else { return nil }
        // What a key signed ends with the key.
        guard keys.key(entry.kid) != nil else {
            verified.withLock { $0.remove(hash) }
            return nil
        }
        do {
            try check(entry.claims, issuer, audience)
        } catch {
            if error.reason == .expired { verified.withLock { $0.remove(hash) } }
            throw error
        }
        return entry.claims
    }

    private func check(_ claims: AccessTokenClaims, _ issuer: String?, _ audience: String) throws(TokenError) {
        try claims.check(issuer: issuer ?? audience, audience: audience)
        try claims.check(at: now())
    }
}

extension TokenKey {
    /// A token with this payload, and this key's name in its header.
    func token(_ payload: TokenPayload) throws -> String {
        let header = #"{"alg":"ES256","kid":"\#(kid)","typ":"JWT"}"#
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let signed = Base64URL.encode(header.utf8) + "." + Base64URL.encode(try encoder.encode(payload))
        return signed + "." + Base64URL.encode(try signature(of: Array(signed.utf8)))
    }
}
