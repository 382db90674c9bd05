import Foundation
import Testing

/// Passwords, tokens and what is written down of them.
@Suite final class SecretTests {
    @Test func `a stolen database holds no usable secret`() throws {
        let server = try Server(settings: ["access.anonymous=none", "http.trusted-proxies=[127.0.0.1]"])
        try server.addUser("alice")
        let client = Client(server)
        let robot = try server.command("token", "create", "ci", "--user", "alice", "--scope", "repository:alice/*:pull")
        let answer = try client.token(["repository:alice/app:pull"], basic("alice"), query: "&offline_token=true")
        let refresh = try #require(answer.refreshToken)
        server.stop()
        let secrets = [
            password("alice"), robot, String(robot.dropFirst(4)), refresh, String(refresh.dropFirst(4)), answer.token,
        ]
        let database = try files(below: server.data).filter { $0.hasPrefix("registry.db") }
            .reduce(into: [UInt8]()) { $0 += try contents(of: "\(server.data)/\($1)") }
        let key = try #require(files(below: server.data + "/token-keys").first { $0.hasSuffix(".pem") })
        let pem = String(decoding: try contents(of: "\(server.data)/token-keys/\(key)"), as: UTF8.self)
        let body = try #require(pem.split(separator: "\n").dropFirst().first)
        let der = try #require(Data(base64Encoded: pem.split(separator: "\n").dropFirst().dropLast().joined()))
        // Nor what they stand for: 256 random bits each.
        let bits = [robot, refresh].compactMap { JWT.decoded(String($0.dropFirst(4))) }
        #expect(bits.map(\.count) == [32, 32])
        for secret in secrets.map({ Array($0.utf8) }) + [Array(body.utf8)] + bits {
            #expect(!holds(database, secret), "\(String(decoding: secret, as: UTF8.self))")
        }
        for bits in bits { #expect(!holds(database, Array(hex(bits).utf8))) }
        // The private number of the key, wherever it is in its file: no 32 bytes of that are in the database.
        for start in stride(from: 0, through: der.count - 32, by: 1) {
            #expect(!holds(database, Array(der[start..<(start + 32)])))
        }
        for file in files(below: server.data + "/token-keys") {
            let mode = try FileManager.default.attributesOfItem(atPath: "\(server.data)/token-keys/\(file)")[
                .posixPermissions]
            #expect(mode as? Int == 0o600)
        }
        #expect(!server.log.contains(password("alice")) && !server.log.contains(robot))
        try opensNothing(database, robot: robot, refresh: refresh, server)
    }

    /// What is in the database of the secrets is no password, robot token or refresh token.
    private func opensNothing(_ database: [UInt8], robot: String, refresh: String, _ server: Server) throws {
        let text = String(decoding: database, as: UTF8.self)
        let hash = try #require(text.firstMatch(of: #/\$y\$[.\/A-Za-z0-9]+\$[.\/A-Za-z0-9]+\$[.\/A-Za-z0-9]{43}/#))
        let stolen = [String(hash.output)] + [robot, refresh].map { String(sha256(Array($0.utf8)).dropFirst(7)) }
        for hash in stolen { #expect(holds(database, Array(hash.utf8))) }
        try server.start()
        let client = Client(server)
        for hash in stolen {
            for secret in [hash, "rdr_\(hash)"] {
                let form = "grant_type=refresh_token&service=x&refresh_token=\(secret)"
                let type = [("Content-Type", "application/x-www-form-urlencoded")]
                let answer = try client.post("/token", type + anotherAddress(), body: Array(form.utf8))
                #expect(answer.status == 401)
                #expect(try client.get("/v2/", bearer(secret) + anotherAddress()).status == 401)
            }
        }
        // Each is slowed down, so all at once.
        let guesses = stolen + stolen.map { "rdt_\($0)" }
        let answers = try concurrently(guesses.count) { index in
            try Client(server).get("/v2/", basic("alice", guesses[index])).status
        }.map { try $0.get() }
        #expect(answers.allSatisfy { $0 == 401 }, "\(answers)")
        // The secrets themselves still count.
        for secret in [password("alice"), robot] {
            #expect(try client.get("/v2/", basic("alice", secret)).status == 200)
        }
    }

    private func holds(_ content: [UInt8], _ part: [UInt8]) -> Bool {
        Data(content).range(of: Data(part)) != nil
    }

    @Test func `a robot token is a password that may do less and ends`() throws {
        let server = try Server(settings: ["access.anonymous=none"])
        for user in ["alice", "bob"] { try server.addUser(user) }
        let alice = Caller("alice", Client(server), basic("alice"))
        try alice.pushImage(to: "alice/app", as: "latest")
        try alice.pushImage(to: "alice/other", as: "latest")
        for repository in ["alice/app", "alice/other"] {
            try server.command("repo", "visibility", repository, "private")
        }
        let secret = try server.command(
            "token", "create", "ci", "--user", "alice", "--scope", "repository:alice/app:pull")
        #expect(secret.hasPrefix("rdt_"))
        let robot = Caller("robot", Client(server), basic("alice", secret))
        try robot.expect(200, "GET", "/v2/alice/app/tags/list")
        try robot.expect(403, "POST", "/v2/alice/app/blobs/uploads/")
        try robot.expect(404, "GET", "/v2/alice/other/tags/list")
        try robot.expect(403, "GET", "/v2/_catalog")
        try Caller("bob", Client(server), basic("bob", secret)).expect(401, "GET", "/v2/")
        // A token for it says no more than it.
        let answer = try Client(server).token(
            ["repository:alice/app:pull,push", "repository:alice/other:pull"], basic("alice", secret))
        #expect(answer.scope == "repository:alice/app:pull repository:alice/other:")
        let list = try server.command("token", "list", "--json")
        #expect(list.contains("\"ci\"") && !list.contains(secret))
        let twice = try server.uncheckedCommand(
            ["token", "create", "ci", "--user", "alice", "--scope", "repository:alice/app:pull"])
        #expect(twice.exit != .code(0))
        let nobody = try server.uncheckedCommand(
            ["token", "create", "x", "--user", "carol", "--scope", "repository:alice/app:pull"])
        #expect(nobody.exit != .code(0) && nobody.errors.contains("registryd user add carol"))

        let brief = try server.command(
            "token", "create", "brief", "--user", "alice", "--scope", "repository:alice/app:pull", "--expires", "1s")
        let caller = Caller("brief", Client(server), basic("alice", brief))
        try eventually("that it is over") { try caller.request("GET", "/v2/").status == 401 }
    }

    @Test func `who guesses is slowed down, and others are not`() throws {
        let server = try Server(
            settings: ["access.anonymous=none", "log.level=debug", "http.trusted-proxies=[127.0.0.1]"])
        try server.addUser("alice")
        let addresses = ["203.0.113.1", "203.0.113.2"]
        @Sendable func guess(_ secret: String, from address: String) throws -> Int {
            try Client(server).get("/v2/", basic("alice", secret) + [("X-Forwarded-For", address)]).status
        }
        // As many different ones as may be tried at once, from one address and then from another.
        var guesses: [Background<Int>] = []
        for address in addresses {
            for number in 0..<8 {
                guesses.append(Background { try guess("guess \(number) from \(address)", from: address) })
            }
            try eventually("that they are found wrong") {
                server.log.split(separator: "\n").count { $0.contains("computed a password hash") } == guesses.count
            }
        }
        // All is known of them, but it is not told yet: so there is one too many.
        #expect(try guess("one more", from: addresses[1]) == 429)
        // Whoever has the right one is let in all the same.
        #expect(try guess(password("alice"), from: "203.0.113.3") == 200)
        #expect(guesses.suffix(8).allSatisfy { !$0.isDone })
        #expect(try guesses.map { try $0.join() }.allSatisfy { $0 == 401 })
        let failures = try server.audit().filter { $0["event"] == "login-failed" }
        #expect(failures.count == guesses.count)
        #expect(failures.allSatisfy { $0["actor"] == "alice" && addresses.contains($0["origin"] ?? "") })
    }

    @Test func `many guesses at once are not even looked at`() throws {
        let server = try Server(settings: ["access.anonymous=none"])
        try server.addUser("alice")
        let answers = try concurrently(12) { index in
            try Client(server).get("/v2/", basic("alice", "guess \(index)"))
        }.map { try $0.get() }
        // At most eight at once; the others are told to come back.
        #expect(answers.contains { $0.status == 401 } && answers.contains { $0.status == 429 })
        for answer in answers where answer.status != 401 {
            #expect(answer.status == 429 && answer.errors.map(\.code) == ["TOOMANYREQUESTS"])
            #expect(answer["Retry-After"] != nil)
        }
        try Caller("alice", Client(server), basic("alice")).expect(200, "GET", "/v2/")
        let failures = try server.audit().filter { $0["event"] == "login-failed" }
        #expect(failures.count == answers.count { $0.status == 401 })
        #expect(failures.allSatisfy { $0["actor"] == "alice" && $0["origin"] == "127.0.0.1" })
    }

    @Test func `uploads under way are limited for each user`() throws {
        let server = try Server(settings: ["access.anonymous=none", "limits.uploads-per-user=2"])
        for user in ["alice", "bob"] { try server.addUser(user) }
        let (alice, bob) = (Caller("a", Client(server), basic("alice")), Caller("b", Client(server), basic("bob")))
        let first = try alice.startUpload("alice/app")
        _ = try alice.startUpload("alice/app")
        let refused = try alice.expect(429, "POST", "/v2/alice/app/blobs/uploads/")
        #expect(refused.errors.map(\.code) == ["TOOMANYREQUESTS"] && refused["Retry-After"] != nil)
        _ = try bob.startUpload("bob/app")
        try alice.expect(204, "DELETE", first)
        _ = try alice.startUpload("alice/app")
    }
}
