import Foundation
import Testing

/// A server with its users, repositories, and somebody at each level.
struct AccessStage {
    static let users: [(name: String, level: AccessRule.Level)] = [
        ("stranger", .stranger), ("reader", .reader), ("writer", .writer), ("admin", .admin), ("alice", .owner),
        ("root", .administrator),
    ]
    private static let repositories = ["alice/public", "alice/private", "base"]

    let server: Server
    /// The owner, and an administrator, who owns all the others.
    let alice: Caller
    let root: Caller
    let manifest: Manifest
    let layer: [UInt8]
    let anonymous: AccessRule.Anonymous
    let hasTokens: Bool

    /// - Parameter caller: how users come to this server; nil: by name and password.
    init(
        anonymous: AccessRule.Anonymous = .none, tokens: Bool = true, _ more: [String] = [],
        caller: ((_ user: String, _ server: Server) throws -> Caller)? = nil
    ) throws {
        let server = try Server(
            settings: [
                "access.anonymous=\(anonymous.rawValue)", "access.tokens.enabled=\(tokens)",
                // Owners begin many, for others to find.
                "limits.uploads-per-user=0", "http.trusted-proxies=[127.0.0.1]",
            ] + more)
        for (user, _) in Self.users { try server.addUser(user) }
        try server.command("repo", "grant", "*", "root", "admin")
        let caller = try caller ?? { user, server in Caller(user, Client(server), basic(user)) }
        (alice, root) = (try caller("alice", server), try caller("root", server))
        try server.command("repo", "create", "alice/private", "--visibility", "private")
        (manifest, layer) = try alice.pushImage(to: "alice/public", as: "latest")
        for repository in Self.repositories {
            let owner = repository.contains("/") ? alice : root
            try owner.pushBlob(Array("{}".utf8), to: repository)
            try owner.pushBlob(layer, to: repository)
            try owner.pushManifest(manifest, to: repository, as: "latest")
            try owner.pushManifest(Manifest.index([], subject: manifest.descriptor), to: repository, as: "about")
            for (user, right) in [("reader", "read"), ("writer", "write"), ("admin", "admin")] {
                try server.command("repo", "grant", repository, user, right)
            }
        }
        self.server = server
        self.anonymous = anonymous
        hasTokens = tokens
    }

    func rule(_ level: AccessRule.Level, _ flaw: AccessRule.Flaw = .none, isBearer: Bool = false) -> AccessRule {
        AccessRule(anonymous: anonymous, hasTokens: hasTokens, level: level, flaw: flaw, isBearer: isBearer)
    }

    /// Runs all probes in all places for one caller. `caller` is made for each repository, as its token may be.
    func verify(
        _ rule: AccessRule, _ name: String, _ caller: (_ repository: String) throws -> Caller
    ) throws {
        var callers: [String: Caller] = [:]
        for place in AccessRule.Place.allCases {
            for (index, probe) in (Probe.all + Probe.unsupported).enumerated() {
                let expected = rule.answer(probe, place)
                var repository = repository(place, name)
                // What was made is not missing any more.
                if !place.exists, probe.makesRepository, expected.status < 400 { repository += "-\(index)" }
                let caller = try callers[repository] ?? caller(repository)
                callers[repository] = caller
                try verify(probe, place, rule, repository, caller, name)
            }
        }
    }

    /// Runs one probe.
    func verify(
        _ probe: Probe, _ place: AccessRule.Place, _ rule: AccessRule, _ repository: String, _ caller: Caller,
        _ name: String
    ) throws {
        let expected = rule.answer(probe, place)
        let owner = place.hasOwner ? alice : root
        let scene = Probe.Scene(
            repository: repository, exists: place.exists, owner: owner,
            opener: expected.status < 400 ? caller : owner, manifest: manifest, layer: layer, source: "alice/public")
        let shot = try probe.shot(scene)
        let headers = shot.headers + (rule.flaw == .none ? [] : anotherAddress())
        let response = try caller.request(probe.method, shot.target, headers, body: shot.body)
        try Self.check(response, expected, "\(name): \(probe) \(repository)", probe)
    }

    func repository(_ place: AccessRule.Place, _ name: String) -> String {
        switch place {
        case .isPublic: "alice/public"
        case .isPrivate: "alice/private"
        case .isMissing: "alice/missing-\(name.lowercased())"
        case .isOneComponent: "base"
        case .isMissingOneComponent: "missing-\(name.lowercased())"
        }
    }

    private static func check(
        _ response: HTTPResponse, _ expected: AccessRule.Answer, _ what: String, _ probe: Probe
    ) throws {
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
        if expected.status == 405 {
            let allow = response["Allow"]?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            #expect(Set(allow ?? []) == probe.route.allowed, "\(what): \(response)")
        }
        if probe.route == .referrers, probe.method == "GET", expected.status == 200 {
            let list = try response.decode(ManifestDocument.self)
            #expect((list.manifests?.isEmpty == false) == expected.hasReferrers, "\(what): \(response)")
        }
    }
}
