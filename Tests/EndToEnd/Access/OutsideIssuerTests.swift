import Foundation
import Testing

/// Tokens of another issuer, whose public keys are in a file.
@Suite final class OutsideIssuerTests {
    private static let issuer = "https://ci.example.com"

    /// An issuer, and a server that believes it.
    private final class Stage {
        let maker: JWT
        let algorithm: JWT.Algorithm
        let key: String
        let server: Server
        private let file: String

        init(_ algorithm: JWT.Algorithm, anonymous: String = "none") throws {
            self.algorithm = algorithm
            maker = try JWT()
            key = try maker.makeKey(algorithm, "issuer")
            let set = try maker.keySet([maker.publicKey(algorithm, key, kid: "one")])
            file = try maker.directory.write(set, to: "issuer.jwks")
            server = try Server(
                settings: [
                    "access.anonymous=\(anonymous)", "http.trusted-proxies=[127.0.0.1]",
                    "access.issuers=[{issuer: \"\(OutsideIssuerTests.issuer)\", jwks-file: \(file)}]",
                ])
            for user in ["alice", "bob"] { try server.addUser(user) }
            try server.command("user", "add", "ci", "--no-password")
            let alice = Caller("alice", Client(server), basic("alice"))
            try server.command("repo", "create", "alice/private", "--visibility", "private")
            try alice.pushImage(to: "alice/private", as: "latest")
            for user in ["bob", "ci"] { try server.command("repo", "grant", "alice/private", user, "read") }
        }

        /// Somebody with a token that says this; nil: it does not say.
        func holder(
            _ user: String, _ actions: [String: [String]]?, kid: String = "one", key: String? = nil,
            _ changes: [String: Any] = [:]
        ) throws -> Caller {
            let now = Int(Date().timeIntervalSince1970)
            var claims: [String: Any] = [
                "iss": OutsideIssuerTests.issuer, "sub": user, "aud": ["another", "registryd"], "iat": now,
                "nbf": now, "exp": now + 300,
            ]
            if let actions {
                claims["access"] = actions.map { ["type": "repository", "name": $0, "actions": $1] as [String: Any] }
            }
            claims.merge(changes) { $1 }
            let token = try maker.token(algorithm, key ?? self.key, header: ["kid": kid], claims)
            return Caller("outside \(user)", Client(server), bearer(token))
        }

        func publish(_ keys: [[String: String]]) throws {
            try maker.directory.write(Array(maker.keySet(keys).utf8), to: "issuer.jwks")
        }
    }

    private let tags = "/v2/alice/private/tags/list"
    private let uploads = "/v2/alice/private/blobs/uploads/"

    private func refuses(_ caller: Caller, _ error: String, _ method: String, _ target: String) throws {
        let response = try caller.expect(401, method, target)
        #expect(response["WWW-Authenticate"]?.contains("error=\"\(error)\"") == true, "\(caller.name) \(response)")
    }

    @Test(arguments: [JWT.Algorithm.es256, .rs256])
    func `one may do what it says and its user may`(_ algorithm: JWT.Algorithm) throws {
        let stage = try Stage(algorithm)
        let all = ["alice/private": ["pull", "push", "delete"]]
        let alice = try stage.holder("alice", all)
        try alice.expect(200, "GET", "/v2/")
        try alice.expect(200, "GET", tags)
        try alice.expect(202, "POST", uploads)
        // Its user may more than it says.
        let pulling = try stage.holder("alice", ["alice/private": ["pull"]])
        try pulling.expect(200, "GET", tags)
        try refuses(pulling, "insufficient_scope", "POST", uploads)
        try refuses(pulling, "insufficient_scope", "GET", "/v2/alice/other/tags/list")
        try refuses(pulling, "insufficient_scope", "GET", "/v2/_catalog")
        // It says more than its user may, who need not have a password.
        for user in ["bob", "ci"] {
            let reader = try stage.holder(user, all)
            try reader.expect(200, "GET", tags)
            try reader.expect(403, "POST", uploads)
            try reader.expect(403, "DELETE", "/v2/alice/private/manifests/latest")
            try stage.server.command("repo", "revoke", "alice/private", user)
            try reader.expect(404, "GET", tags)
        }
        // A token is not given for a token.
        try alice.expect(400, "GET", "/token?scope=repository:alice/private:pull")
        try stage.server.command("user", "remove", "alice")
        try refuses(alice, "invalid_token", "GET", tags)
    }

    @Test func `one that does not say what it allows allows nothing`() throws {
        let stage = try Stage(.es256, anonymous: "pull")
        try stage.server.command("repo", "create", "alice/public")
        for caller in [try stage.holder("alice", nil), try stage.holder("alice", [:])] {
            for repository in ["alice/private", "alice/public", "alice/missing"] {
                try refuses(caller, "insufficient_scope", "GET", "/v2/\(repository)/tags/list")
                try refuses(caller, "insufficient_scope", "POST", "/v2/\(repository)/blobs/uploads/")
            }
            try refuses(caller, "insufficient_scope", "GET", "/v2/_catalog")
        }
    }

    @Test(arguments: ["none", "pull"])
    func `one that is no good`(_ anonymous: String) throws {
        let stage = try Stage(.es256, anonymous: anonymous)
        let all = ["alice/private": ["pull", "push"]]
        let now = Int(Date().timeIntervalSince1970)
        let stolen = try stage.maker.makeKey(.es256, "another")
        let bad = [
            "unknown user": try stage.holder("carol", all),
            "nobody": try stage.holder("", all),
            "wrong audience": try stage.holder("alice", all, ["aud": "another"]),
            "no audience": try stage.holder("alice", all, ["aud": [String]()]),
            "expired": try stage.holder("alice", all, ["exp": now - 1, "iat": now - 300, "nbf": now - 300]),
            "not yet": try stage.holder("alice", all, ["nbf": now + 3600, "exp": now + 7200]),
            "another issuer": try stage.holder("alice", all, ["iss": "https://other.example.com"]),
            "in the registry's own name": try stage.holder("alice", all, ["iss": "registryd", "aud": "registryd"]),
            "another key": try stage.holder("alice", all, key: stolen),
            "unknown key": try stage.holder("alice", all, kid: "two"),
        ]
        for (what, caller) in bad {
            for (method, target) in [("GET", "/v2/"), ("GET", tags), ("POST", uploads)] {
                let response = try caller.request(method, target, anotherAddress())
                #expect(response.status == 401, "\(what): \(response)")
                let challenge = response["WWW-Authenticate"]
                #expect(challenge?.contains("error=\"invalid_token\"") == true, "\(what): \(response)")
            }
        }
        // The public key is no secret to sign with.
        let published = stage.maker.directory("published.pem")
        try run("openssl", "ec", "-in", stage.key, "-pubout", "-out", published)
        let claims = try JWT.claims(
            try #require(stage.holder("alice", all).headers.first?.1.split(separator: " ").last.map(String.init)))
        let token = try stage.maker.token(.hs256, published, header: ["kid": "one"], claims)
        try refuses(Caller("HS256", Client(stage.server), bearer(token)), "invalid_token", "GET", tags)
    }

    @Test func `what a key signed ends when it is taken out of the file`() throws {
        let stage = try Stage(.es256)
        let all = ["alice/private": ["pull"]]
        let first = try stage.holder("alice", all)
        try first.expect(200, "GET", tags)
        let next = try stage.maker.makeKey(.es256, "next")
        let second = try stage.holder("alice", all, kid: "two", key: next)
        try refuses(second, "invalid_token", "GET", tags)
        let keys = [
            try stage.maker.publicKey(.es256, stage.key, kid: "one"),
            try stage.maker.publicKey(.es256, next, kid: "two"),
        ]
        try stage.publish(keys)
        try eventually("that the new key counts") { try second.request("GET", tags, anotherAddress()).status == 200 }
        try first.expect(200, "GET", tags)
        try stage.publish([keys[1]])
        try eventually("that the old one does not") { try first.request("GET", tags, anotherAddress()).status == 401 }
        try refuses(first, "invalid_token", "GET", tags)
        try second.expect(200, "GET", tags)
    }
}
