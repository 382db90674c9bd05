import RegistryCore
import Testing

@testable import MetadataSQL

@Suite struct TokenTests {
    private func scope(_ texts: String...) throws -> Scope {
        var scope = Scope()
        for text in texts where !scope.add(text) { throw Nothing() }
        return scope
    }

    @Test func `a token comes back as it was added, by its hash and by its id`() async throws {
        try await withStore { store in
            let bare = try token("1", of: "alice")
            var full = try token("2", of: "alice", expires: time(9))
            full.scope = try scope(
                "registry:catalog:*", "repository:alice/app:pull,push", "repository:alice/*:delete", "repository:*:")
            full.created = time(5)
            for (token, hash) in [(bare, "h1"), (full, "h2")] {
                #expect(try await store.addToken(token, hash: hash))
                #expect(try store.token(hash: hash) == token)
                #expect(try store.token(id: token.id) == token)
            }
            #expect(try store.token(hash: "1") == nil)
            #expect(try store.token(id: "h1") == nil)
        }
    }

    @Test func `tokens come in the order of user and name, everybody's or one user's`() async throws {
        try await withStore { store in
            let tokens = [try token("1", of: "alice"), try token("2", of: "alice"), try token("3", of: "bob")]
            for token in tokens.reversed() { #expect(try await store.addToken(token, hash: token.id)) }
            #expect(try store.tokens(of: nil) == tokens)
            #expect(try store.tokens(of: user("alice")) == Array(tokens[..<2]))
            #expect(try store.tokens(of: user("carol")) == [])
        }
    }

    @Test func `a user has one token of a name, and others may have it too`() async throws {
        try await withStore { store in
            let first = try token("1", of: "alice")
            var (second, third) = (first, try token("3", of: "bob"))
            second.id = "2"
            third.name = first.name
            #expect(try await store.addToken(first, hash: "h1"))
            #expect(try await store.addToken(second, hash: "h2") == false)
            #expect(try await store.addToken(third, hash: "h3"))
            #expect(try store.tokens(of: nil) == [first, third])
            #expect(try store.token(hash: "h2") == nil)
        }
    }

    @Test func `two tokens never have one secret or one id`() async throws {
        try await withStore { store in
            let first = try token("1", of: "alice")
            #expect(try await store.addToken(first, hash: "h1"))
            for (id, hash) in [("2", "h1"), ("1", "h2")] {
                await #expect(throws: MetadataError.self) {
                    try await store.addToken(token(id, of: "bob"), hash: hash)
                }
            }
            #expect(try store.tokens(of: nil) == [first])
        }
    }

    @Test func `revoking a token ends what was made with it`() async throws {
        try await withStore { store in
            for id in ["1", "2"] {
                #expect(try await store.addToken(token(id, of: "alice"), hash: "h\(id)"))
                try await store.addRefreshToken(login("alice", token: id), hash: "login \(id)", limit: 9)
            }
            try await store.addRefreshToken(login("alice"), hash: "by password", limit: 9)
            #expect(try await store.revokeToken("ci-1", of: user("bob")) == false)
            #expect(try await store.revokeToken("ci-1", of: user("alice")))
            #expect(try await store.revokeToken("ci-1", of: user("alice")) == false)
            #expect(try store.tokens(of: nil).map(\.id) == ["2"])
            #expect(try store.token(hash: "h1") == nil)
            #expect(try store.refreshToken(hash: "login 1") == nil)
            #expect(try store.refreshToken(hash: "login 2") == login("alice", token: "2"))
            #expect(try store.refreshToken(hash: "by password") == login("alice"))
        }
    }

    @Test func `a login with a token that was revoked meanwhile is not kept`() async throws {
        try await withStore { store in
            #expect(try await store.addToken(token("1", of: "alice"), hash: "h1"))
            #expect(try await store.revokeToken("ci-1", of: user("alice")))
            try await store.addRefreshToken(login("alice", token: "1"), hash: "l", limit: 9)
            #expect(try store.refreshToken(hash: "l") == nil)
        }
    }

    @Test func `a refresh token comes back as it was added, by its hash`() async throws {
        try await withStore { store in
            var record = try login("alice")
            record.fingerprint = "of a password"
            record.created = time(3)
            record.expires = time(4)
            try await store.addRefreshToken(record, hash: "l", limit: 1)
            #expect(try store.refreshToken(hash: "l") == record)
            #expect(try store.refreshToken(hash: "L") == nil)
        }
    }

    @Test func `of too many logins of a user the oldest go, and the new one stays`() async throws {
        try await withStore { store in
            try await store.addRefreshToken(login("bob", created: 1), hash: "bob", limit: 3)
            for created in [30, 10, 20] as [Int64] {
                try await store.addRefreshToken(login("alice", created: created), hash: "\(created)", limit: 3)
            }
            func kept() throws -> [String] {
                try ["5", "10", "20", "30", "40"].filter { try store.refreshToken(hash: $0) != nil }
            }
            #expect(try kept() == ["10", "20", "30"])
            try await store.addRefreshToken(login("alice", created: 40), hash: "40", limit: 3)
            #expect(try kept() == ["20", "30", "40"])
            // From a clock that was set back.
            try await store.addRefreshToken(login("alice", created: 5), hash: "5", limit: 3)
            #expect(try kept() == ["5", "30", "40"])
            try await store.addRefreshToken(login("alice", created: 10), hash: "10", limit: 1)
            #expect(try kept() == ["10"])
            #expect(try store.refreshToken(hash: "bob") != nil)
        }
    }

    @Test func `what expired before a time is removed, and what was made with it`() async throws {
        try await withStore { store in
            for (id, end) in [("early", time(9)), ("late", time(10)), ("never", nil)] {
                #expect(try await store.addToken(token(id, of: "alice", expires: end), hash: id))
                try await store.addRefreshToken(login("alice", token: id), hash: "with \(id)", limit: 9)
            }
            for end in [9, 10] as [Int64] {
                try await store.addRefreshToken(login("alice", expires: end), hash: "to \(end)", limit: 9)
            }
            try await store.removeExpiredTokens(before: time(10))
            #expect(try store.tokens(of: nil).map(\.id) == ["late", "never"])
            let logins = ["with early", "with late", "with never", "to 9", "to 10"]
            let kept = try logins.filter { try store.refreshToken(hash: $0) != nil }
            #expect(kept == ["with late", "with never", "to 10"])
        }
    }

    @Test func `a scope that we did not write is not read as another`() async throws {
        try await withStore { store in
            #expect(try await store.addToken(token("1", of: "alice", scope: scope("repository:a/b:pull")), hash: "h"))
            try await store.write("damaging") { try $0.run("UPDATE tokens SET scope = scope || ' repository:x:fly'") }
            #expect(throws: MetadataError.self) { try store.token(hash: "h") }
            #expect(throws: MetadataError.self) { try store.tokens(of: nil) }
        }
    }

    @Test(arguments: [
        ("users", "name password_hash created changed"),
        ("tokens", "id user_name name hash scope created expires"),
        ("refresh_tokens", "hash user_name fingerprint token_id created expires"),
    ])
    func `no column is there for a secret, but for its hash`(table: String, columns: String) async throws {
        try await withStore { store in
            let found = try await store.columns(of: table)
            #expect(found == columns)
        }
    }
}
