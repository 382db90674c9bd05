import Testing

/// Credentials that are no good, or are for something else, everywhere.
@Suite final class AccessFlawTests {
    @Test(arguments: [AccessRule.Anonymous.none, .pull])
    func `a token that is no good is worse than none`(_ anonymous: AccessRule.Anonymous) throws {
        let stage = try AccessStage(anonymous: anonymous)
        let client = Client(stage.server)
        let forge = try Forge(stage.server)
        let scopes = AccessRule.Place.allCases.map {
            "repository:\(stage.repository($0, "any")):pull,push,delete"
        }
        let good = try client.token(scopes + ["registry:catalog:*"], basic("alice")).token
        // What is forged is right where it says so: the same way of making it is let in.
        try Caller("forged", client, bearer(forge.resigned(good))).expect(200, "GET", "/v2/alice/private/tags/list")
        for flaw in AccessRule.Flaw.badTokens {
            let bad = Caller("\(flaw)", client, bearer(try forge.spoiled(good, flaw)))
            try stage.verify(stage.rule(.owner, flaw, isBearer: true), "any") { _ in bad }
        }
    }

    @Test func `where everybody may push, too`() throws {
        let stage = try AccessStage(anonymous: .push)
        let client = Client(stage.server)
        let forge = try Forge(stage.server)
        let good = try client.token(["repository:alice/public:pull,push"], basic("alice")).token
        for flaw in AccessRule.Flaw.badTokens {
            let bad = Caller("\(flaw)", client, bearer(try forge.spoiled(good, flaw)))
            for probe in Probe.all {
                let rule = stage.rule(.owner, flaw, isBearer: true)
                try stage.verify(probe, .isPublic, rule, "alice/public", bad, "\(flaw)")
            }
        }
    }

    /// Each request is another user's, or it would be slowed down.
    @Test func `a wrong password`() throws {
        let directory = try TemporaryDirectory()
        let hash = try run(
            "python3", "-W", "ignore", "-c",
            "import crypt;print(crypt.crypt('right',crypt.mksalt(crypt.METHOD_BLOWFISH,rounds=16)))"
        ).line
        let count = (Probe.all.count + Probe.unsupported.count) * AccessRule.Place.allCases.count
        let lines = (1...count + 1).map { "user\($0):\(hash)\n" }
        let file = try directory.write(lines.joined(), to: "htpasswd")
        let stage = try AccessStage(["access.htpasswd=\(file)"])
        let client = Client(stage.server)
        var next = 0
        func caller(_ password: String) -> Caller {
            next += 1
            return Caller("user\(next)", client, basic("user\(next)", password))
        }
        try caller("right").expect(200, "GET", "/v2/")
        for place in AccessRule.Place.allCases {
            for probe in Probe.all + Probe.unsupported {
                let rule = stage.rule(.stranger, .wrongPassword)
                // The keys are everybody's, and for what is not supported nobody is asked for a password.
                try stage.verify(probe, place, rule, stage.repository(place, "wrong"), caller("wrong"), "wrong")
            }
        }
    }

    /// An attempt with one counts as one with a wrong password, and each user has a few that are answered at once.
    @Test func `a robot's token that is over`() throws {
        let stage = try AccessStage()
        let client = Client(stage.server)
        var robots: [(String, String)] = []
        for (user, _) in AccessStage.users {
            let secret = try stage.server.command(
                "token", "create", "brief", "--user", user, "--scope", "repository:*:pull,push,delete", "--expires",
                "1s")
            robots.append((user, secret))
        }
        let last = try #require(robots.last)
        try eventually("that they are over") { try client.get("/v2/", basic(last.0, last.1)).status == 401 }
        let places = AccessRule.Place.allCases
        let probes = Probe.all.filter { $0.need != .keys && $0.method != "HEAD" }
        for (index, probe) in probes.enumerated() {
            let (user, secret) = robots[index % robots.count]
            let place = places[index % places.count]
            let rule = stage.rule(.stranger, .wrongPassword)
            let caller = Caller(user, client, basic(user, secret))
            try stage.verify(probe, place, rule, stage.repository(place, "brief"), caller, "brief \(user)")
        }
    }

    @Test func `a robot's token for another repository`() throws {
        let stage = try AccessStage()
        for user in ["alice", "root"] {
            let secret = try stage.server.command(
                "token", "create", "ci", "--user", user, "--scope", "repository:alice/other:pull,push,delete")
            let robot = Caller("robot", Client(stage.server), basic(user, secret))
            try stage.verify(stage.rule(.owner, .robotElsewhere), "robot") { _ in robot }
        }
    }
}
