import Testing

/// What the command line takes away is gone for the running server, and what is only held in memory is not needed.
@Suite final class RevocationTests {
    let server: Server
    let alice: Caller
    private let private_ = "/v2/alice/private/tags/list"

    init() throws {
        server = try Server(settings: ["access.anonymous=none"])
        for user in ["alice", "bob"] { try server.addUser(user) }
        alice = Caller("alice", Client(server), basic("alice"))
        try server.command("repo", "create", "alice/private", "--visibility", "private")
        try alice.pushImage(to: "alice/private", as: "latest")
        try server.command("repo", "grant", "alice/private", "bob", "read")
    }

    /// A caller whose first request is let in.
    private func admitted(_ name: String, _ headers: [(String, String)]) throws -> Caller {
        let caller = Caller(name, Client(server), headers)
        try caller.expect(200, "GET", private_)
        return caller
    }

    private func bearerOf(_ credentials: [(String, String)]) throws -> TokenAnswer {
        try Client(server).token(["repository:alice/private:pull"], credentials, query: "&offline_token=true")
    }

    private func refresh(_ token: String) throws -> HTTPResponse {
        try Client(server).post(
            "/token", [("Content-Type", "application/x-www-form-urlencoded")],
            body: Array(
                "grant_type=refresh_token&refresh_token=\(token)&scope=repository:alice/private:pull&service=x".utf8))
    }

    @Test func `a grant`() throws {
        let password = try admitted("bob", basic("bob"))
        let token = try admitted("bob's token", bearer(bearerOf(basic("bob")).token))
        try server.command("repo", "revoke", "alice/private", "bob")
        for caller in [password, token] { try caller.expect(404, "GET", private_) }
        try server.command("repo", "grant", "alice/private", "bob", "read")
        for caller in [password, token] { try caller.expect(200, "GET", private_) }
    }

    @Test func `a user, with everything that was theirs`() throws {
        let answer = try bearerOf(basic("bob"))
        let refreshToken = try #require(answer.refreshToken)
        let robot = try server.command(
            "token", "create", "ci", "--user", "bob", "--scope", "repository:alice/private:pull")
        let callers = [
            try admitted("bob", basic("bob")), try admitted("bob's token", bearer(answer.token)),
            try admitted("bob's robot", basic("bob", robot)),
        ]
        #expect(try refresh(refreshToken).status == 200)
        try server.command("user", "remove", "bob")
        for caller in callers { try caller.expect(401, "GET", private_) }
        #expect(try refresh(refreshToken).status == 401)

        // Another of the same name has nothing of it.
        try server.addUser("bob")
        try callers[0].expect(404, "GET", private_)
        for caller in callers.dropFirst() { try caller.expect(401, "GET", private_) }
        #expect(try refresh(refreshToken).status == 401)
    }

    @Test func `a user who comes again does not have the uploads of the one who went`() throws {
        let bob = Caller("bob", Client(server), basic("bob"))
        let session = try bob.startUpload("bob/app")
        try bob.expect(202, "PATCH", session, body: randomBytes(10))
        try server.command("user", "remove", "bob")
        try server.addUser("bob")
        let blob = randomBytes(10)
        for (method, target) in [
            ("GET", session), ("PATCH", session), ("PUT", adding("digest=\(sha256(blob))", to: session)),
            ("DELETE", session),
        ] {
            let body = method == "PATCH" || method == "PUT" ? blob : nil
            let response = try bob.expect(404, method, target, body: body)
            #expect(response.errors.map(\.code) == ["BLOB_UPLOAD_UNKNOWN"])
        }
    }

    @Test func `a password, with the logins that were made with it`() throws {
        let answer = try bearerOf(basic("bob"))
        let refreshToken = try #require(answer.refreshToken)
        let robot = try server.command(
            "token", "create", "ci", "--user", "bob", "--scope", "repository:alice/private:pull")
        let password = try admitted("bob", basic("bob"))
        let token = try admitted("bob's token", bearer(answer.token))
        let robotCaller = try admitted("bob's robot", basic("bob", robot))
        let robotAnswer = try bearerOf(basic("bob", robot))
        let robotRefresh = try #require(robotAnswer.refreshToken)
        let robotToken = try admitted("bob's robot's token", bearer(robotAnswer.token))
        try server.command("user", "passwd", "bob", "--password-stdin", input: "another")
        try password.expect(401, "GET", private_)
        try token.expect(401, "GET", private_)
        #expect(try refresh(refreshToken).status == 401)
        _ = try admitted("bob", basic("bob", "another"))
        // A robot token is a password of its own, and so are the logins made with it.
        try robotCaller.expect(200, "GET", private_)
        try robotToken.expect(200, "GET", private_)
        #expect(try refresh(robotRefresh).status == 200)
    }

    @Test func `a robot token, with the logins that were made with it`() throws {
        let robot = try server.command(
            "token", "create", "ci", "--user", "alice", "--scope", "repository:alice/private:pull")
        let answer = try bearerOf(basic("alice", robot))
        let refreshToken = try #require(answer.refreshToken)
        let callers = [
            try admitted("robot", basic("alice", robot)), try admitted("robot's token", bearer(answer.token)),
        ]
        #expect(try refresh(refreshToken).status == 200)
        try server.command("token", "revoke", "ci", "--user", "alice")
        for caller in callers { try caller.expect(401, "GET", private_) }
        #expect(try refresh(refreshToken).status == 401)
        try alice.expect(200, "GET", private_)
    }

    @Test func `visibility and the repository itself`() throws {
        let stranger = Caller("bob", Client(server), basic("bob"))
        try server.command("repo", "revoke", "alice/private", "bob")
        try stranger.expect(404, "GET", private_)
        try server.command("repo", "visibility", "alice/private", "public")
        try stranger.expect(200, "GET", private_)
        let session = try alice.startUpload("alice/private")
        try server.command("repo", "delete", "alice/private")
        try alice.expect(404, "GET", private_)
        // What was on its way does not bring it back.
        let blob = randomBytes(10)
        try alice.expect(404, "PUT", adding("digest=\(sha256(blob))", to: session), body: blob)
        try alice.expect(404, "GET", private_)
    }

    @Test func `keys change, and nobody is logged out`() throws {
        let answer = try bearerOf(basic("bob"))
        let refreshToken = try #require(answer.refreshToken)
        let caller = try admitted("bob's token", bearer(answer.token))
        let before = try alice.client.get("/.well-known/jwks.json").text
        try server.command("keys", "rotate")
        try eventually("that the new key is published") {
            try alice.client.get("/.well-known/jwks.json").text != before
        }
        try caller.expect(200, "GET", private_)
        #expect(try refresh(refreshToken).status == 200)
        let fresh = try bearerOf(basic("bob")).token
        #expect(fresh.prefix { $0 != "." } != answer.token.prefix { $0 != "." })
        _ = try admitted("bob's new token", bearer(fresh))
    }

    @Test func `a restart forgets nothing and logs nobody out`() throws {
        let answer = try bearerOf(basic("bob"))
        let refreshToken = try #require(answer.refreshToken)
        try server.crashAndRestart()
        _ = try admitted("bob's token", bearer(answer.token))
        #expect(try refresh(refreshToken).status == 200)
    }

    @Test func `users of an htpasswd file come and go with it`() throws {
        let directory = try TemporaryDirectory()
        func line(_ user: String, _ password: String) throws -> String {
            let hash = try run(
                "python3", "-W", "ignore", "-c",
                "import crypt,sys;print(crypt.crypt(sys.argv[1],crypt.mksalt(crypt.METHOD_BLOWFISH,rounds=16)))",
                password
            ).line
            return "\(user):\(hash)\n"
        }
        let file = try directory.write(line("carol", "first"), to: "htpasswd")
        let server = try Server(settings: ["access.anonymous=none", "access.htpasswd=\(file)"])
        let carol = Caller("carol", Client(server), basic("carol", "first"))
        try carol.pushImage(to: "carol/app", as: "latest")
        let answer = try carol.client.token(["repository:carol/app:pull"], carol.headers)
        let token = Caller("carol's token", Client(server), bearer(answer.token))
        try token.expect(200, "GET", "/v2/carol/app/tags/list")

        _ = try directory.write(line("carol", "second"), to: "htpasswd")
        try eventually("that the old password is no good") { try carol.request("GET", "/v2/").status == 401 }
        try token.expect(401, "GET", "/v2/carol/app/tags/list")
        try Caller("carol", Client(server), basic("carol", "second")).expect(200, "GET", "/v2/")
        _ = try directory.write("", to: "htpasswd")
        try eventually("that nobody is there") {
            try Caller("carol", Client(server), basic("carol", "second")).request("GET", "/v2/").status == 401
        }
    }
}
