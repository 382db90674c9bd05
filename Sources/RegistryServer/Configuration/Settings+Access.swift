import RegistryCore

extension Settings {
    /// Who may do what.
    struct Access: Sendable, Hashable {
        var anonymous = AccessPolicy.Anonymous.none
        /// The configuration has no `access` section. Then everybody may do everything, but from this machine only, and not
        /// through a proxy.
        var isImplicit = false
        var repositories = AccessPolicy.Repositories.createOnPush
        /// What clients show to those whom they ask for a password, and what tokens are for.
        var realm: String
        var tokens = Tokens()
        /// Absolute.
        var htpasswd: String?
        /// With absolute paths.
        var issuers: [TokenIssuer] = []
        var certificates: CertificateNames?

        /// What the registry itself goes by.
        var policy: AccessPolicy {
            var policy = AccessPolicy()
            policy.anonymous = anonymous
            policy.repositories = repositories
            return policy
        }
    }

    struct Tokens: Sendable, Hashable {
        var enabled = true
        var lifetime = TimeSpan(milliseconds: 5 * 60_000)
    }
}

extension Settings.Access {
    /// - Parameter absolute: makes a path absolute.
    init(_ configuration: Configuration.Access?, publicURL: PublicURL?, absolute: (String) -> String) {
        realm = Self.defaultRealm(publicURL)
        guard let configuration else {
            anonymous = .push
            isImplicit = true
            return
        }
        anonymous = configuration.anonymous ?? anonymous
        repositories = configuration.repositories ?? repositories
        realm = configuration.realm ?? realm
        tokens.enabled = configuration.tokens?.enabled ?? tokens.enabled
        tokens.lifetime = configuration.tokens?.lifetime ?? tokens.lifetime
        // An empty path stays one, for the rules to find.
        func path(_ text: String) -> String { text.isEmpty ? text : absolute(text) }
        htpasswd = configuration.htpasswd.map(path)
        issuers = (configuration.issuers ?? []).map {
            TokenIssuer(issuer: $0.issuer, jwksFile: path($0.jwksFile))
        }
        certificates = configuration.certificates
    }

    static func defaultRealm(_ publicURL: PublicURL?) -> String {
        publicURL.map { String($0.authority) } ?? "registryd"
    }

    var tree: ConfigNode {
        // Any section would say something else.
        if isImplicit { return .null }
        return .map([
            "anonymous": .text(anonymous.rawValue),
            "repositories": .text(repositories.rawValue),
            "realm": .words(realm),
            "tokens": .map(["enabled": .text(tokens.enabled), "lifetime": .text(tokens.lifetime)]),
            "htpasswd": htpasswd.map { .words($0) } ?? .null,
            "issuers": .list(
                issuers.map { .map(["issuer": .words($0.issuer), "jwks-file": .words($0.jwksFile)]) }),
            "certificates": certificates.map { .text($0.rawValue) } ?? .null,
        ])
    }
}
