package import RegistryCore

/// What an access token says (RFC 7519, section 4.1; Docker's token authentication specification, "Claim Set").
package struct AccessTokenClaims: Sendable, Hashable {
    package var issuer: String
    package var audience: String
    /// The user's name; empty: nobody in particular.
    package var subject: String
    package var issued: Timestamp
    package var notBefore: Timestamp
    package var expires: Timestamp
    package var id: String
    /// nil: another issuer's token, which does not say.
    package var access: Scope?
    /// Of the credentials that it was made with; empty: another issuer's token.
    package var fingerprint: String
    /// The id of the robot token that it was made with.
    package var robot: String?

    /// Times are whole seconds in a token: it is signed with what is left of them.
    package init(
        issuer: String,
        audience: String,
        subject: String,
        issued: Timestamp,
        notBefore: Timestamp,
        expires: Timestamp,
        id: String,
        access: Scope?,
        fingerprint: String,
        robot: String? = nil
    ) {
        self.issuer = issuer
        self.audience = audience
        self.subject = subject
        self.issued = issued
        self.notBefore = notBefore
        self.expires = expires
        self.id = id
        self.access = access
        self.fingerprint = fingerprint
        self.robot = robot
    }

    /// How far ahead the clocks of those may be who give out tokens, in milliseconds.
    private static let leeway: Int64 = 60_000

    /// Throws unless the token counts at this time.
    func check(at now: Timestamp) throws(TokenError) {
        // RFC 7519, section 4.1.4: on or after that time it must not be accepted.
        guard now < expires else { throw TokenError(.expired, "the token has expired") }
        let latest = Timestamp(milliseconds: now.milliseconds + Self.leeway)
        guard notBefore <= latest, issued <= latest else {
            throw TokenError(.notYetValid, "the token does not count yet; is a clock wrong?")
        }
    }

    func check(issuer: String, audience: String) throws(TokenError) {
        guard self.issuer == issuer else { throw TokenError(.wrongIssuer, "the token is another registry's") }
        guard self.audience == audience else { throw TokenError.notForUs }
    }
}

extension TokenError {
    static let notForUs = TokenError(.wrongAudience, "the token is for somebody else")
}
