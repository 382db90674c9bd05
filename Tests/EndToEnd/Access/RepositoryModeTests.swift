import Testing

/// `access.repositories: must-exist`: a push makes no repository, the command does.
@Suite final class RepositoryModeTests {
    private func pushes(_ repository: String) -> [(String, String, [(String, String)], [UInt8])] {
        let blob = randomBytes(10)
        let index = Manifest.index([])
        let uploads = "/v2/\(repository)/blobs/uploads/"
        return [
            ("POST", uploads, [], []),
            ("POST", "\(uploads)?digest=\(sha256(blob))", [], blob),
            ("PUT", "/v2/\(repository)/manifests/latest", [("Content-Type", index.mediaType)], index.content),
            ("PUT", "/v2/\(repository)/manifests/\(index.digest)", [("Content-Type", index.mediaType)], index.content),
        ]
    }

    @Test(arguments: ["none", "pull"])
    func `who might push is told of the command`(_ anonymous: String) throws {
        let server = try Server(settings: ["access={anonymous: \(anonymous), repositories: must-exist}"])
        for user in ["alice", "root", "mallory"] { try server.addUser(user) }
        try server.command("repo", "grant", "*", "root", "admin")
        let mallory = Caller("mallory", Client(server), basic("mallory"))
        let nobody = Caller("nobody", Client(server))
        for (user, repository) in [("alice", "alice/app"), ("root", "alice/other"), ("root", "base")] {
            let caller = Caller(user, Client(server), basic(user))
            let token = try Client(server).token(["repository:\(repository):pull,push"], basic(user)).token
            let holder = Caller(user, Client(server), bearer(token))
            for (method, target, headers, body) in pushes(repository) {
                for caller in [caller, holder] {
                    let refused = try caller.expect(404, method, target, headers, body: body)
                    #expect(refused.errors.map(\.code) == ["NAME_UNKNOWN"])
                    #expect(refused.errors.first?.message?.contains("registryd repo create") == true, "\(refused)")
                }
                let denied = try mallory.expect(403, method, target, headers, body: body)
                #expect(denied.errors.map(\.code) == ["DENIED"] && !denied.text.contains("repo create"))
                try nobody.expect(401, method, target, headers, body: body)
            }
            // None of that has made it.
            try caller.expect(404, "GET", "/v2/\(repository)/tags/list")
            try server.command("repo", "create", repository)
            for (method, target, headers, body) in pushes(repository) {
                for caller in [caller, holder] {
                    let response = try caller.request(method, target, headers, body: body)
                    #expect([201, 202].contains(response.status), "\(response)")
                }
                try mallory.expect(403, method, target, headers, body: body)
                try nobody.expect(401, method, target, headers, body: body)
            }
            try caller.expect(200, "GET", "/v2/\(repository)/tags/list")
            try server.command("repo", "delete", repository)
            let (method, target, headers, body) = pushes(repository)[2]
            try caller.expect(404, method, target, headers, body: body)
        }
    }

    @Test func `also where everybody may push`() throws {
        let server = try Server(settings: ["access={anonymous: push, repositories: must-exist}"])
        let nobody = Caller("nobody", Client(server))
        for repository in ["alice/app", "base"] {
            for (method, target, headers, body) in pushes(repository) {
                let refused = try nobody.expect(404, method, target, headers, body: body)
                #expect(refused.errors.first?.message?.contains("registryd repo create") == true, "\(refused)")
            }
            try server.command("repo", "create", repository)
            for (method, target, headers, body) in pushes(repository) {
                #expect([201, 202].contains(try nobody.request(method, target, headers, body: body).status))
            }
        }
    }

    @Test func `where everybody may push, what is private is still not for others' caches`() throws {
        let server = try Server(settings: ["access.anonymous=push"])
        let nobody = Caller("nobody", Client(server))
        for (repository, isPrivate) in [("alice/private", true), ("alice/public", false)] {
            try server.command("repo", "create", repository, "--visibility", isPrivate ? "private" : "public")
            let (manifest, layer) = try nobody.pushImage(to: repository, as: "latest")
            for target in ["manifests/latest", "blobs/\(sha256(layer))"] {
                let answer = try nobody.expect(200, "GET", "/v2/\(repository)/\(target)")
                #expect((answer["Cache-Control"]?.hasPrefix("private") ?? false) == isPrivate, "\(answer)")
            }
            // Lists change: whosever they are, they are for nobody else.
            for target in ["tags/list", "referrers/\(manifest.digest)"] {
                let answer = try nobody.expect(200, "GET", "/v2/\(repository)/\(target)")
                #expect(answer["Cache-Control"] == "private", "\(answer)")
            }
        }
    }

    @Test func `where everybody may push, a token does what it says and no more`() throws {
        let server = try Server(settings: ["access.anonymous=push"])
        try server.addUser("alice")
        let nobody = Caller("nobody", Client(server))
        try server.command("repo", "create", "alice/private", "--visibility", "private")
        try nobody.pushImage(to: "alice/private", as: "latest")
        let token = try Client(server).token(["repository:alice/private:pull"], basic("alice")).token
        let holder = Caller("holder", Client(server), bearer(token))
        try holder.expect(200, "GET", "/v2/alice/private/tags/list")
        for (method, target, headers, body) in pushes("alice/private") {
            let refused = try holder.expect(401, method, target, headers, body: body)
            #expect(refused["WWW-Authenticate"]?.contains("insufficient_scope") == true)
        }
        let robot = try server.command(
            "token", "create", "ci", "--user", "alice", "--scope", "repository:alice/private:pull")
        let pull = Caller("robot", Client(server), basic("alice", robot))
        try pull.expect(200, "GET", "/v2/alice/private/tags/list")
        try pull.expect(403, "POST", "/v2/alice/private/blobs/uploads/")
        try pull.expect(404, "GET", "/v2/alice/other/tags/list")
    }
}
