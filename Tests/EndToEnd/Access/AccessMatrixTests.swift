import Testing

/// Everybody does everything everywhere, and is answered as the rule says.
@Suite final class AccessMatrixTests {
    @Test func `the probes are all routes by all methods`() {
        let probes = Set((Probe.all + Probe.unsupported).map { "\($0.method) \($0.route.rawValue)" })
        #expect(probes.count == Probe.Route.allCases.count * Probe.methods.count)
        for route in Probe.Route.allCases { #expect(!route.allowed.isEmpty) }
    }

    @Test(arguments: [(AccessRule.Anonymous.none, true), (.none, false), (.pull, true)])
    func `by name and password`(_ anonymous: AccessRule.Anonymous, tokens: Bool) throws {
        let stage = try AccessStage(anonymous: anonymous, tokens: tokens)
        let client = Client(stage.server)
        for (user, level) in AccessStage.users {
            try stage.verify(stage.rule(level), user) { _ in Caller(user, client, basic(user)) }
        }
        try stage.verify(stage.rule(.anonymous), "nobody") { _ in Caller("nobody", client) }
        let challenge = try #require(client.get("/v2/")["WWW-Authenticate"])
        #expect(challenge.hasPrefix(tokens ? "Bearer realm=\"http://localhost/token\"" : "Basic realm="))
    }

    @Test(arguments: [AccessRule.Anonymous.none, .pull])
    func `by bearer token`(_ anonymous: AccessRule.Anonymous) throws {
        let stage = try AccessStage(anonymous: anonymous)
        let client = Client(stage.server)
        func token(_ repository: String, _ credentials: [(String, String)]) throws -> Caller {
            // What is mounted needs a source that the token speaks of.
            let scopes = [
                "repository:\(repository):pull,push,delete", "repository:alice/public:pull", "registry:catalog:*",
            ]
            return Caller("bearer", client, bearer(try client.token(scopes, credentials).token))
        }
        for (user, level) in AccessStage.users {
            try stage.verify(stage.rule(level, isBearer: true), user) { try token($0, basic(user)) }
        }
        if anonymous == .pull {
            // Nobody in particular may ask for a token too, as clients do.
            try stage.verify(stage.rule(.anonymous, isBearer: true), "nobody") { try token($0, []) }
        }
        let elsewhere = try client.token(["repository:alice/other:pull,push,delete"], basic("alice")).token
        try stage.verify(stage.rule(.owner, .elsewhere, isBearer: true), "elsewhere") { _ in
            Caller("elsewhere", client, bearer(elsewhere))
        }
    }

    @Test func `by certificate`() throws {
        let directory = try TemporaryDirectory()
        let authority = try CertificateAuthority(in: directory)
        let certificate = try Certificate(in: directory)
        var tunnels: [String: TLSTunnel] = [:]
        func caller(_ user: String?, _ server: Server) throws -> Caller {
            let name = user ?? ""
            let tunnel =
                try tunnels[name]
                ?? TLSTunnel(to: server, trusting: certificate, as: try user.map { try authority.certificate(for: $0) })
            tunnels[name] = tunnel
            return Caller(name, Client(port: tunnel.port))
        }
        let settings = [
            "http.tls={certificate: \(certificate.certificate), key: \(certificate.key), client-ca: \(authority.certificate)}",
            "access.certificates=subject-cn",
        ]
        let stage = try AccessStage(settings, caller: caller)
        for (user, level) in AccessStage.users {
            let caller = try caller(user, stage.server)
            try stage.verify(stage.rule(level), user) { _ in caller }
        }
        // Without one, and with one that names nobody here.
        for name in [nil, "unknown"] {
            let caller = try caller(name, stage.server)
            try stage.verify(stage.rule(.anonymous), name ?? "nobody") { _ in caller }
        }
    }

    /// Everything works without a login; what credentials say counts all the same.
    @Test func `where everybody may push`() throws {
        let stage = try AccessStage(anonymous: .push)
        let client = Client(stage.server)
        try stage.verify(stage.rule(.anonymous), "nobody") { _ in Caller("nobody", client) }
        try stage.verify(stage.rule(.stranger), "stranger") { _ in Caller("stranger", client, basic("stranger")) }
        try stage.verify(stage.rule(.stranger, isBearer: true), "bearer") { repository in
            let scopes = [
                "repository:\(repository):pull,push,delete", "repository:alice/public:pull", "registry:catalog:*",
            ]
            return Caller("bearer", client, bearer(try client.token(scopes, basic("stranger")).token))
        }
        let elsewhere = try client.token(["repository:alice/other:pull,push,delete"], basic("alice")).token
        try stage.verify(stage.rule(.owner, .elsewhere, isBearer: true), "elsewhere") { _ in
            Caller("elsewhere", client, bearer(elsewhere))
        }
        // A wrong password is none, not even for what nobody needs one for.
        for target in ["/v2/", "/v2/alice/public/tags/list", "/v2/base/tags/list"] {
            try Caller("wrong", client, basic("alice", "wrong")).expect(401, "GET", target)
        }
    }
}
