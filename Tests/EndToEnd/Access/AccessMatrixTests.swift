import Foundation
import Testing

/// Everybody does everything everywhere, and is answered as the rule says.
@Suite final class AccessMatrixTests {
    /// A server with its users, repositories, and somebody at each level.
    struct Stage {
        var server: Server
        var owner: Caller
        var manifest: Manifest
        var layer: [UInt8]
        var anonymousPull: Bool
    }

    private static let users: [(name: String, level: AccessRule.Level)] = [
        ("stranger", .stranger), ("reader", .reader), ("writer", .writer), ("admin", .admin), ("alice", .owner),
    ]

    private func prepare(_ server: Server, _ owner: Caller, anonymousPull: Bool) throws -> Stage {
        try server.command("repo", "create", "alice/private", "--visibility", "private")
        let (manifest, layer) = try owner.pushImage(to: "alice/public", as: "latest")
        try owner.pushBlob(Array("{}".utf8), to: "alice/private")
        try owner.pushBlob(layer, to: "alice/private")
        try owner.pushManifest(manifest, to: "alice/private", as: "latest")
        for repository in ["alice/public", "alice/private"] {
            try server.command("repo", "grant", repository, "reader", "read")
            try server.command("repo", "grant", repository, "writer", "write")
            try server.command("repo", "grant", repository, "admin", "admin")
        }
        return Stage(server: server, owner: owner, manifest: manifest, layer: layer, anonymousPull: anonymousPull)
    }

    /// Runs all probes in all places for one caller. `caller` is made for each repository, as its token may be.
    private func verify(
        _ stage: Stage, _ level: AccessRule.Level, _ flaw: AccessRule.Flaw, _ name: String,
        _ caller: (_ repository: String) throws -> Caller
    ) throws {
        for place in AccessRule.Place.allCases {
            for (index, probe) in Probe.all.enumerated() {
                let repository =
                    switch place {
                    case .isPublic: "alice/public"
                    case .isPrivate: "alice/private"
                    case .isMissing: "alice/missing-\(name.lowercased())-\(index)"
                    }
                let caller = try caller(repository)
                let expected = AccessRule.answer(
                    probe, place, level, flaw, hasToken: caller.headers.first?.1.hasPrefix("Bearer") ?? false,
                    anonymousPull: stage.anonymousPull)
                let opens = expected.status < 400 && level != .owner
                let scene = Probe.Scene(
                    repository: repository, exists: place != .isMissing, owner: stage.owner,
                    opener: opens ? caller : stage.owner, manifest: stage.manifest, layer: stage.layer,
                    source: "alice/public")
                let shot = try probe.shot(scene)
                let response = try caller.request(probe.method, shot.target, shot.headers, body: shot.body)
                try check(response, expected, "\(name): \(probe) \(repository)", probe)
            }
        }
    }

    private func check(_ response: HTTPResponse, _ expected: AccessRule.Answer, _ what: String, _ probe: Probe) throws {
        #expect(response.status == expected.status, "\(what): \(response)")
        if probe.method != "HEAD", expected.code != nil {
            #expect(response.errors.first?.code == expected.code, "\(what): \(response)")
        }
        let challenge = response["WWW-Authenticate"]
        #expect((challenge != nil) == (expected.status == 401), "\(what): \(response)")
        if let error = expected.error {
            #expect(challenge?.contains("error=\"\(error)\"") == true, "\(what): \(response)")
        } else {
            #expect(challenge?.contains("error=") != true, "\(what): \(response)")
        }
    }

    private func serve(anonymous: String, _ more: [String] = []) throws -> Server {
        let server = try Server(settings: ["access.anonymous=\(anonymous)"] + more)
        for (user, _) in Self.users { try server.addUser(user) }
        return server
    }

    @Test(arguments: [("none", true), ("none", false), ("pull", true)])
    func `by name and password`(_ anonymous: String, tokens: Bool) throws {
        let server = try serve(anonymous: anonymous, ["access.tokens.enabled=\(tokens)"])
        let client = Client(server)
        let stage = try prepare(
            server, Caller("alice", Client(server), basic("alice")), anonymousPull: anonymous == "pull")
        for (user, level) in Self.users {
            try verify(stage, level, .none, user) { _ in Caller(user, client, basic(user)) }
        }
        try verify(stage, .anonymous, .none, "nobody") { _ in Caller("nobody", client) }
        let challenge = try #require(client.get("/v2/")["WWW-Authenticate"])
        #expect(challenge.hasPrefix(tokens ? "Bearer realm=\"http://localhost/token\"" : "Basic realm="))
    }

    @Test(arguments: ["none", "pull"])
    func `by bearer token`(_ anonymous: String) throws {
        let server = try serve(anonymous: anonymous)
        let client = Client(server)
        let stage = try prepare(
            server, Caller("alice", Client(server), basic("alice")), anonymousPull: anonymous == "pull")
        func token(_ repository: String, _ credentials: [(String, String)]) throws -> String {
            // What is mounted needs a source that the token speaks of.
            let scopes = [
                "repository:\(repository):pull,push,delete", "repository:alice/public:pull", "registry:catalog:*",
            ]
            return try client.token(scopes, credentials).token
        }
        for (user, level) in Self.users {
            try verify(stage, level, .none, user) { repository in
                Caller(user, client, bearer(try token(repository, basic(user))))
            }
        }
        if anonymous == "pull" {
            // Nobody in particular may ask for a token too, as clients do.
            try verify(stage, .anonymous, .none, "nobody") { repository in
                Caller("nobody", client, bearer(try token(repository, [])))
            }
        } else {
            #expect(try client.get("/token?scope=repository:alice/public:pull").status == 401)
        }
        let elsewhere = try client.token(["repository:alice/other:pull,push,delete"], basic("alice")).token
        try verify(stage, .owner, .elsewhere, "elsewhere") { _ in Caller("elsewhere", client, bearer(elsewhere)) }
    }

    @Test func `by token that is no good`() throws {
        let server = try serve(anonymous: "none")
        let client = Client(server)
        let stage = try prepare(
            server, Caller("alice", Client(server), basic("alice")), anonymousPull: false)
        let forge = try Forge(server)
        func good(_ repository: String) throws -> String {
            try client.token(["repository:\(repository):pull,push,delete", "registry:catalog:*"], basic("alice")).token
        }
        // What is forged is right where it says so: the same way of making it is let in.
        let remade = try forge.resigned(good("alice/private"))
        try Caller("forged", client, bearer(remade)).expect(200, "GET", "/v2/alice/private/tags/list")
        for flaw in [AccessRule.Flaw.expired, .otherKey, .unsigned, .tampered] {
            try verify(stage, .owner, flaw, "\(flaw)") { repository in
                Caller("\(flaw)", client, bearer(try forge.spoiled(good(repository), flaw)))
            }
        }
    }

    @Test func `by certificate`() throws {
        let directory = try TemporaryDirectory()
        let authority = try CertificateAuthority(in: directory)
        let certificate = try Certificate(in: directory)
        let server = try serve(
            anonymous: "none",
            [
                "http.tls={certificate: \(certificate.certificate), key: \(certificate.key), client-ca: \(authority.certificate)}",
                "access.certificates=subject-cn",
            ])
        func tunnel(_ user: String?) throws -> TLSTunnel {
            try TLSTunnel(to: server, trusting: certificate, as: try user.map { try authority.certificate(for: $0) })
        }
        let tunnels = try Self.users.map { try tunnel($0.name) }
        let owner = try #require(tunnels.last)
        let stage = try prepare(server, Caller("alice", Client(port: owner.port)), anonymousPull: false)
        for ((user, level), tunnel) in zip(Self.users, tunnels) {
            let client = Client(port: tunnel.port)
            try verify(stage, level, .none, user) { _ in Caller(user, client) }
        }
        // Without one, and with one that names nobody here.
        for name in [nil, "unknown"] {
            let tunnel = try tunnel(name)
            let client = Client(port: tunnel.port)
            try verify(stage, .anonymous, .none, name ?? "nobody") { _ in Caller("nobody", client) }
        }
    }
}
