import Testing

/// What is taken away while a request is on its way is gone before the request has done anything.
@Suite final class RevocationDuringRequestTests {
    enum Push: CaseIterable, Sendable { case manifest, blob, session }
    enum End: CaseIterable, Sendable { case grant, user, repository }

    let server: Server
    let alice: Caller
    private let content = randomBytes(100_000)
    private let index = Manifest.index([], annotations: ["padding": String(repeating: "x", count: 50_000)])

    init() throws {
        server = try Server(settings: ["access.anonymous=none"])
        for user in ["alice", "bob"] { try server.addUser(user) }
        alice = Caller("alice", Client(server), basic("alice"))
        try server.command("repo", "create", "alice/app", "--visibility", "private")
        try server.command("repo", "grant", "alice/app", "bob", "write")
    }

    /// A push of which the server has half, and has let it in.
    private struct HalfPush {
        var method: String
        var connection: HTTPConnection
        var rest: [UInt8]

        init(_ caller: Caller, _ method: String, _ target: String, _ type: String, _ body: [UInt8]) throws {
            self.method = method
            connection = try HTTPConnection(port: caller.client.port)
            rest = Array(body[(body.count / 2)...])
            try connection.sendHead(
                method, target,
                caller.headers + [
                    ("Content-Length", "\(body.count)"), ("Content-Type", type), ("Expect", "100-continue"),
                ])
            let interim = try connection.readHead()
            guard interim.status == 100 else { throw UnexpectedResponse(what: "not let in", response: interim) }
            try connection.send(body[..<(body.count / 2)])
        }

        func finish() throws -> HTTPResponse {
            try connection.send(rest)
            return try connection.readResponse(to: method)
        }
    }

    private func begin(_ push: Push, _ caller: Caller) throws -> HalfPush {
        let uploads = "/v2/alice/app/blobs/uploads/"
        switch push {
        case .manifest:
            return try HalfPush(caller, "PUT", "/v2/alice/app/manifests/late", index.mediaType, index.content)
        case .blob:
            return try HalfPush(
                caller, "POST", "\(uploads)?digest=\(sha256(content))", "application/octet-stream", content)
        case .session:
            let location = try caller.startUpload("alice/app")
            return try HalfPush(
                caller, "PUT", adding("digest=\(sha256(content))", to: location), "application/octet-stream", content)
        }
    }

    private func end(_ end: End, _ user: String) throws {
        switch end {
        case .grant: try server.command("repo", "revoke", "alice/app", user)
        case .user: try server.command("user", "remove", user)
        case .repository: try server.command("repo", "delete", "alice/app")
        }
    }

    /// What was pushed is not there.
    private func isAbsent() throws {
        for target in ["manifests/late", "manifests/\(index.digest)", "blobs/\(sha256(content))"] {
            try alice.expect(404, "GET", "/v2/alice/app/\(target)")
        }
    }

    private func caller(_ user: String, bearer isBearer: Bool) throws -> Caller {
        guard isBearer else { return Caller(user, Client(server), basic(user)) }
        let token = try Client(server).token(["repository:alice/app:pull,push"], basic(user)).token
        return Caller(user, Client(server), bearer(token))
    }

    @Test(arguments: Push.allCases, End.allCases)
    func `somebody else's push`(_ push: Push, _ what: End) throws {
        for isBearer in [false, true] {
            if isBearer, what == .user { try server.addUser("bob") }
            if isBearer, what == .repository {
                try server.command("repo", "create", "alice/app", "--visibility", "private")
            }
            try server.command("repo", "grant", "alice/app", "bob", "write")
            let half = try begin(push, caller("bob", bearer: isBearer))
            try end(what, "bob")
            let response = try half.finish()
            #expect([401, 403, 404].contains(response.status), "\(push) \(what): \(response)")
            try isAbsent()
        }
        // The repository is there, or is not, as was said.
        try alice.expect(what == .repository ? 404 : 200, "GET", "/v2/alice/app/tags/list")
    }

    /// The owner could make the repository, and does with the next push, but not with one that was on its way.
    @Test(arguments: Push.allCases)
    func `the owner's push does not bring a repository back`(_ push: Push) throws {
        let half = try begin(push, caller("alice", bearer: false))
        try end(.repository, "alice")
        let response = try half.finish()
        #expect([401, 403, 404].contains(response.status), "\(push): \(response)")
        try alice.expect(404, "GET", "/v2/alice/app/tags/list")
        try isAbsent()
        try alice.expect(200, "GET", "/v2/")
        #expect(try alice.expect(200, "GET", "/v2/_catalog").text == #"{"repositories":[]}"#)
        try alice.pushManifest(index, to: "alice/app", as: "late")
        try alice.expect(200, "GET", "/v2/alice/app/manifests/late")
    }

    /// The same without anything being taken away.
    @Test(arguments: Push.allCases)
    func `else it is done`(_ push: Push) throws {
        #expect(try begin(push, caller("bob", bearer: true)).finish().status == 201)
        let target = push == .manifest ? "manifests/late" : "blobs/\(sha256(content))"
        try alice.expect(200, "GET", "/v2/alice/app/\(target)")
    }
}
