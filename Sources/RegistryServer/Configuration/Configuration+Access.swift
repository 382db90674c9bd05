import RegistryCore

extension Configuration {
    /// Who may do what. That there is such a section says something by itself: ``Settings/Access/isImplicit``.
    struct Access: Decodable {
        var anonymous: AccessPolicy.Anonymous?
        var repositories: AccessPolicy.Repositories?
        var realm: String?
        var tokens: Tokens?
        var htpasswd: String?
        var issuers: [TokenIssuer]?
        var certificates: CertificateNames?
    }

    struct Tokens: Decodable {
        var enabled: Bool?
        var lifetime: TimeSpan?
    }
}

extension AccessPolicy.Anonymous: ConfigChoice {}

extension AccessPolicy.Repositories: ConfigChoice {}

/// Which user a client's certificate stands for.
enum CertificateNames: String, ConfigChoice {
    /// The one whose name is its subject's common name.
    case subjectCN = "subject-cn"
}

/// Somebody else whose tokens are good here.
struct TokenIssuer: Decodable, Sendable, Hashable {
    /// As tokens have it in `iss`, to the letter.
    var issuer: String
    /// The keys it signs with (RFC 7517, section 5).
    var jwksFile: String

    enum CodingKeys: String, CodingKey {
        case issuer
        case jwksFile = "jwks-file"
    }
}
