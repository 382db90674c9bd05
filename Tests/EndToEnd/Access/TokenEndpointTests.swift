import Foundation
import Testing

/// Docker's token protocol, `GET` and `POST`.
@Suite final class TokenEndpointTests {
    let server: Server
    let client: Client

    init() throws {
        server = try Server(settings: ["access.anonymous=none"])
        client = Client(server)
        for user in ["alice", "bob"] { try server.addUser(user) }
        try server.command("repo", "create", "alice/private", "--visibility", "private")
        try server.command("repo", "create", "alice/public")
    }

    private func scopes(_ wanted: [String], _ user: String) throws -> [String] {
        try client.token(wanted, basic(user)).scope.split(separator: " ").map(String.init)
    }

    private func form(_ fields: String) throws -> HTTPResponse {
        try client.post("/token", [("Content-Type", "application/x-www-form-urlencoded")], body: Array(fields.utf8))
    }

    @Test func `a token says what was asked for and may be had`() throws {
        #expect(try scopes(["repository:alice/private:pull,push"], "alice") == ["repository:alice/private:pull,push"])
        #expect(try scopes(["repository:alice/private:*"], "alice") == ["repository:alice/private:pull,push,delete"])
        #expect(try scopes(["repository:alice/private:pull,push"], "bob") == ["repository:alice/private:"])
        #expect(try scopes(["repository:alice/public:pull,push"], "bob") == ["repository:alice/public:pull"])
        #expect(try scopes(["repository:bob/new:pull,push"], "bob") == ["repository:bob/new:pull,push"])
        #expect(try scopes(["repository:alice/new:pull,push"], "bob") == ["repository:alice/new:"])
        #expect(try scopes(["registry:catalog:*"], "bob") == ["registry:catalog:*"])
        #expect(
            try scopes(["repository:alice/public:pull", "repository:bob/x:push", "plugin:x:y", "nonsense"], "bob")
                == ["repository:alice/public:pull", "repository:bob/x:push"])
        // Several in one parameter, as some clients have it, and no patterns.
        #expect(
            try scopes(["repository:alice/public:pull%20repository:bob/x:pull", "repository:alice/*:pull"], "bob")
                == ["repository:alice/public:pull", "repository:bob/x:pull"])
        #expect(try scopes([], "bob") == [])
    }

    @Test func `wrong credentials are asked for again`() throws {
        for headers in [basic("alice", "wrong"), basic("nobody", "wrong"), []] {
            let response = try client.get("/token?scope=repository:alice/public:pull", headers)
            #expect(response.status == 401 && response.errors.map(\.code) == ["UNAUTHORIZED"])
            #expect(response["WWW-Authenticate"]?.hasPrefix("Basic realm=\"registryd\"") == true)
        }
        #expect(try form("grant_type=password&username=alice&password=wrong").status == 401)
        #expect(try form("grant_type=refresh_token&refresh_token=rdr_made-up").status == 401)
    }

    @Test func `OAuth2 by password, and on with a refresh token`() throws {
        let password = password("alice").replacing("'", with: "%27").replacing(" ", with: "+")
        let first = try form(
            "grant_type=password&username=alice&password=\(password)&service=registryd&client_id=test"
                + "&access_type=offline&scope=repository:alice/private:pull+repository:alice/public:push")
        #expect(first.status == 200 && first["Cache-Control"] == "no-store")
        let answer = try first.decode(TokenAnswer.self)
        #expect(answer.scope == "repository:alice/private:pull repository:alice/public:push")
        let refresh = try #require(answer.refreshToken)
        let second = try form(
            "grant_type=refresh_token&refresh_token=\(refresh)&service=registryd&client_id=test"
                + "&scope=repository:alice/private:pull,push")
        #expect(second.status == 200)
        let next = try second.decode(TokenAnswer.self)
        #expect(next.refreshToken == refresh)
        let caller = Caller("alice", Client(server), bearer(next.token))
        try caller.expect(202, "POST", "/v2/alice/private/blobs/uploads/")
        // It is no access token.
        try Caller("refresh", Client(server), bearer(refresh)).expect(401, "GET", "/v2/")
        try Caller("refresh", Client(server), basic("alice", refresh)).expect(401, "GET", "/v2/")
    }

    @Test func `what is no request for a token is refused`() throws {
        #expect(try form("grant_type=authorization_code").status == 400)
        #expect(try client.post("/token", [("Content-Type", "application/json")], body: Array("{}".utf8)).status == 400)
        #expect(try client.put("/token").status == 405)
        let token = try client.token(["repository:alice/private:pull"], basic("alice")).token
        #expect(try client.get("/token?scope=repository:alice/private:push", bearer(token)).status == 400)
        let many = (0...100).map { "&scope=repository:alice/r\($0):pull" }.joined()
        #expect(try client.get("/token?service=x\(many)", basic("alice")).status == 400)
    }

    @Test func `a challenge says where to go and what for`() throws {
        // What the client sends as Host.
        let base = "http://localhost/token"
        for (method, target, scope) in [
            ("GET", "/v2/", ""), ("GET", "/v2/_catalog", ",scope=\"registry:catalog:*\""),
            ("GET", "/v2/alice/private/manifests/x", ",scope=\"repository:alice/private:pull\""),
            ("PUT", "/v2/alice/private/manifests/x", ",scope=\"repository:alice/private:pull,push\""),
            ("DELETE", "/v2/alice/private/manifests/x", ",scope=\"repository:alice/private:delete,pull\""),
        ] {
            let response = try client.request(method, target)
            #expect(response.status == 401)
            #expect(
                response["WWW-Authenticate"] == "Bearer realm=\"\(base)\",service=\"registryd\"\(scope)", "\(response)")
        }
    }

    @Test func `the challenge names the server as the client reaches it`() throws {
        let server = try Server(
            settings: [
                "access={anonymous: none, realm: \"a b\"}", "http.trusted-proxies=[127.0.0.1]",
            ])
        let client = Client(server)
        let proxied = try client.get("/v2/", [("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "203.0.113.9")])
        #expect(
            proxied["WWW-Authenticate"]
                == "Bearer realm=\"https://localhost/token\",service=\"a b\"")
        let named = try Server(settings: ["access.anonymous=none", "http.public-url=https://registry.example.com"])
        #expect(
            try Client(named).get("/v2/")["WWW-Authenticate"]
                == "Bearer realm=\"https://registry.example.com/token\",service=\"registry.example.com\"")
    }

    @Test func `the keys are published without their private parts`() throws {
        let response = try client.get("/.well-known/jwks.json")
        #expect(response.status == 200)
        let set = try response.decode([String: [[String: String]]].self)
        let key = try #require(set["keys"]?.first)
        #expect(key["kty"] == "EC" && key["crv"] == "P-256" && key["alg"] == "ES256" && key["d"] == nil)
        let token = try client.token([], basic("alice")).token
        let header = try #require(token.split(separator: ".").first)
        let padded = String(header) + String(repeating: "=", count: (4 - header.count % 4) % 4)
        let fields = try JSONDecoder().decode([String: String].self, from: try #require(Data(base64Encoded: padded)))
        #expect(fields["kid"] == key["kid"] && fields["alg"] == "ES256")
    }

    @Test func `without tokens there is no such place, and Basic alone`() throws {
        let server = try Server(settings: ["access={anonymous: none, tokens: {enabled: false}}"])
        try server.addUser("alice")
        let client = Client(server)
        #expect(try client.get("/token", basic("alice")).status == 404)
        #expect(try client.get("/.well-known/jwks.json").status == 404)
        #expect(try client.get("/v2/")["WWW-Authenticate"] == "Basic realm=\"registryd\", charset=\"UTF-8\"")
        #expect(try client.get("/v2/", basic("alice")).status == 200)
        #expect(try client.get("/v2/", bearer("a.b.c")).status == 401)
    }
}
