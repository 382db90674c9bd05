import Testing

/// The catalog shows everybody what they may read, however they come.
@Suite final class CatalogTests {
    private func stage(_ anonymous: String) throws -> Server {
        let server = try Server(settings: ["access.anonymous=\(anonymous)"])
        for user in ["alice", "bob", "root"] { try server.addUser(user) }
        try server.command("repo", "grant", "*", "root", "admin")
        try server.command("repo", "create", "base")
        for name in ["alice/private", "bob/private", "carol/private"] {
            try server.command("repo", "create", name, "--visibility", "private")
        }
        try server.command("repo", "create", "alice/public")
        try server.command("repo", "grant", "carol/private", "bob", "read")
        return server
    }

    private struct List: Decodable { var repositories: [String] }

    private func catalog(_ server: Server, _ headers: [(String, String)]) throws -> [String] {
        try Caller("catalog", Client(server), headers).expect(200, "GET", "/v2/_catalog").decode(List.self).repositories
    }

    private static let all = ["alice/private", "alice/public", "base", "bob/private", "carol/private"]
    private static let open = ["alice/public", "base"]
    private static let readable = [
        "alice": ["alice/private", "alice/public", "base"],
        "bob": ["alice/public", "base", "bob/private", "carol/private"],
        "root": all,
    ]

    @Test(arguments: ["none", "pull"])
    func `by password and by token`(_ anonymous: String) throws {
        let server = try stage(anonymous)
        for (user, expected) in Self.readable {
            #expect(try catalog(server, basic(user)) == expected)
            let token = try Client(server).token(["registry:catalog:*"], basic(user)).token
            #expect(try catalog(server, bearer(token)) == expected)
            // Page by page, too.
            var (pages, next): ([String], String?) = ([], "/v2/_catalog?n=1")
            let caller = Caller(user, Client(server), basic(user))
            while let target = next {
                let page = try caller.expect(200, "GET", target)
                pages += try page.decode(List.self).repositories
                next = page.nextPage
            }
            #expect(pages == expected)
            // A token that is for something else does not show it.
            let other = try Client(server).token(["repository:alice/public:pull"], basic(user)).token
            try Caller(user, Client(server), bearer(other)).expect(401, "GET", "/v2/_catalog")
        }
    }

    @Test func `without a login`() throws {
        let pull = try stage("pull")
        #expect(try catalog(pull, []) == Self.open)
        let token = try Client(pull).token(["registry:catalog:*"], []).token
        #expect(try catalog(pull, bearer(token)) == Self.open)
        #expect(try catalog(stage("push"), []) == Self.all)
        try Caller("nobody", Client(stage("none"))).expect(401, "GET", "/v2/_catalog")
    }
}
