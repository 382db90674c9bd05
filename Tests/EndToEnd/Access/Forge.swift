import Foundation

/// Makes access tokens that look like a server's own.
struct Forge {
    private let maker: JWT
    /// The server's private key, and one of somebody else's.
    private let own: String
    private let other: String
    /// The server's public key, as everybody may have it.
    private let published: String

    init(_ server: Server) throws {
        maker = try JWT()
        let folder = server.data + "/token-keys"
        guard let name = files(below: folder).filter({ $0.hasSuffix(".pem") }).max() else {
            throw NeverHappened(description: "no key in \(folder)")
        }
        own = "\(folder)/\(name)"
        other = try maker.makeKey(.es256, "other")
        published = maker.directory("published.pem")
        try run("openssl", "ec", "-in", own, "-pubout", "-out", published)
    }

    /// The same claims, signed again with the server's key.
    func resigned(_ token: String) throws -> String { try remade(token, .es256, own) }

    /// The header names the server's key in all of them.
    func spoiled(_ token: String, _ flaw: AccessRule.Flaw) throws -> String {
        let parts = token.split(separator: ".").map(String.init)
        var header = try JWT.header(token)
        var claims = try JWT.claims(token)
        switch flaw {
        case .none, .elsewhere, .robotElsewhere, .wrongPassword:
            return token
        case .expired:
            let end = Int(Date().timeIntervalSince1970) - 1
            claims.merge(["exp": end, "iat": end - 300, "nbf": end - 300]) { $1 }
            return try maker.token(.es256, own, header: header, claims)
        case .otherKey:
            return try remade(token, .es256, other)
        case .publicKeyAsSecret:
            return try remade(token, .hs256, published)
        case .unsigned:
            header["alg"] = "none"
            return "\(try JWT.encoded(header)).\(parts[1])."
        case .tampered:
            claims["jti"] = "another"
            return "\(parts[0]).\(try JWT.encoded(claims)).\(parts[2])"
        }
    }

    private func remade(_ token: String, _ algorithm: JWT.Algorithm, _ key: String) throws -> String {
        try maker.token(algorithm, key, header: JWT.header(token), JWT.claims(token))
    }
}
