import Testing

@testable import RegistryCore

struct TokenAdministrationTests {
    @Test func `a token is made, and kept as a hash alone`() async throws {
        try await withAdministration { administration, audit, fixture in
            let alice = try userName("alice"), store = administration.store
            try await administration.addUser(alice, passwordHash: nil)
            let scope = try Administration.scope(["repository:alice/*:pull,push", "registry:catalog:*"])
            _ = audit.take()
            let token = try await administration.createToken("ci", for: alice, scope, lifetime: .seconds(60), hash: "h")
            #expect(token.expires == Timestamp(milliseconds: fixture.clock.now.milliseconds + 60_000))
            #expect(try await store.token(hash: "h") == token)
            let other = try await administration.createToken("backup", for: alice, scope, lifetime: nil, hash: "g")
            #expect(other.expires == nil)
            #expect(other.id != token.id)
            let scopes = "scope=registry:catalog:* repository:alice/*:pull,push"
            #expect(
                audit.take() == [
                    // The fixture's clock, a minute on.
                    "token-created user=alice token=ci \(scopes) expires=1970-01-12T13:47:40Z",
                    "token-created user=alice token=backup \(scopes) expires=never",
                ])
            let refused = await refusal {
                _ = try await administration.createToken("ci", for: alice, scope, lifetime: nil, hash: "f")
            }
            #expect(refused?.code == .exists)
            #expect(refused?.message.contains("registryd token revoke ci --user alice") == true)
            #expect(refused?.message.contains("choose another name") == true)
            #expect(try await store.token(hash: "f") == nil)
            #expect(audit.take() == [])
        }
    }

    @Test func `a token that is over stands in the way of another, which is told how to remove it`() async throws {
        try await withAdministration { administration, _, fixture in
            let alice = try userName("alice")
            try await administration.addUser(alice, passwordHash: nil)
            let scope = try Administration.scope(["repository:*:pull"])
            let old = try await administration.createToken("e", for: alice, scope, lifetime: .seconds(60), hash: "h")
            fixture.clock.advance(59_999)
            #expect(!old.isOver(at: fixture.clock.now))
            fixture.clock.advance(1)
            #expect(old.isOver(at: fixture.clock.now))
            let refused = await refusal {
                _ = try await administration.createToken("e", for: alice, scope, lifetime: nil, hash: "g")
            }
            #expect(
                refused?.message == "user alice has a token e already, which has expired; to remove it: "
                    + "registryd token revoke e --user alice")
        }
    }

    @Test func `tokens are listed of users that there are, and of those who left some`() async throws {
        try await withAdministration(knownElsewhere: ["carol"]) { administration, _, _ in
            let alice = try userName("alice"), carol = try userName("carol"), dave = try userName("dave")
            try await administration.addUser(alice, passwordHash: nil)
            #expect(try await administration.tokens(of: alice) == [])
            #expect(try await administration.tokens(of: carol) == [])
            for refusal in [
                await refusal { _ = try await administration.tokens(of: dave) },
                await refusal { try await administration.revokeToken("ci", of: dave) },
            ] {
                #expect(refusal?.message == "there is no user dave; to see all: registryd user list")
            }
            let left = TokenRecord(
                id: "1", name: "ci", user: dave, scope: try Administration.scope(["repository:*:pull"]),
                created: administration.now(), expires: nil)
            #expect(try await administration.store.addToken(left, hash: "h"))
            #expect(try await administration.tokens(of: dave) == [left])
            #expect(try await administration.tokens(of: nil) == [left])
            try await administration.revokeToken("ci", of: dave)
        }
    }

    @Test func `a token is revoked, once`() async throws {
        try await withAdministration { administration, audit, fixture in
            let alice = try userName("alice")
            let scope = try Administration.scope(["repository:*:pull"])
            let unknown = await refusal {
                _ = try await administration.createToken("ci", for: alice, scope, lifetime: nil, hash: "h")
            }
            #expect(unknown?.message.contains("registryd user add alice") == true)
            try await administration.addUser(alice, passwordHash: nil)
            _ = try await administration.createToken("ci", for: alice, scope, lifetime: nil, hash: "h")
            _ = audit.take()
            try await administration.revokeToken("ci", of: alice)
            #expect(try await administration.store.token(hash: "h") == nil)
            let refused = await refusal { try await administration.revokeToken("ci", of: alice) }
            #expect(refused?.message.contains("registryd token list --user alice") == true)
            #expect(audit.take() == ["token-revoked user=alice token=ci"])
        }
    }

    @Test func `a new key leaves a line`() async throws {
        try await withAdministration { administration, audit, _ in
            await administration.keysRotated(to: "k1", removed: [])
            await administration.keysRotated(to: "k4", removed: ["k3", "k2"])
            #expect(audit.take() == ["keys-rotated key=k1", "keys-rotated key=k4 removed=k3 k2"])
        }
    }
}
