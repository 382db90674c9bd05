internal import RegistryCore

/// A token's claims as they are written in JSON.
struct TokenPayload: Sendable, Codable {
    var iss: String
    var aud: Audience
    var sub: String?
    var iat: NumericDate?
    var nbf: NumericDate?
    var exp: NumericDate
    var jti: String?
    var access: [AccessEntry]?
    var fpr: String?
    var rob: String?

    init(_ claims: AccessTokenClaims) {
        iss = claims.issuer
        aud = Audience(names: [claims.audience])
        sub = claims.subject
        iat = NumericDate(time: claims.issued)
        nbf = NumericDate(time: claims.notBefore)
        exp = NumericDate(time: claims.expires)
        jti = claims.id
        access = claims.access.map(AccessEntry.entries)
        fpr = claims.fingerprint
        rob = claims.robot
    }

    /// What it says to `audience`.
    func claims(for audience: String) throws(TokenError) -> AccessTokenClaims {
        guard aud.names.contains(audience) else { throw TokenError.notForUs }
        let notBefore = nbf?.time ?? iat?.time ?? Timestamp(milliseconds: 0)
        return AccessTokenClaims(
            issuer: iss, audience: audience, subject: sub ?? "", issued: iat?.time ?? notBefore, notBefore: notBefore,
            expires: exp.time, id: jti ?? "", access: access.map(AccessEntry.scope), fingerprint: fpr ?? "", robot: rob)
    }
}

/// One name, or a list of them (RFC 7519, section 4.1.3).
struct Audience: Sendable, Codable {
    var names: [String]

    init(names: [String]) {
        self.names = names
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            names = [try container.decode(String.self)]
        } catch DecodingError.typeMismatch {
            names = try container.decode([String].self)
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        // Docker's specification knows one name only.
        if names.count == 1 { try container.encode(names[0]) } else { try container.encode(names) }
    }
}

/// Seconds since 1970, which others may write with a fraction (RFC 7519, section 2).
struct NumericDate: Sendable, Codable {
    var time: Timestamp

    init(time: Timestamp) {
        self.time = time
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let seconds = try container.decode(Double.self)
        guard abs(seconds) < 1e12 else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no time that anybody will see")
        }
        time = Timestamp(milliseconds: Int64((seconds * 1000).rounded(.down)))
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(time.milliseconds / 1000)
    }
}
