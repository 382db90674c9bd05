import MetadataSQL
import Synchronization
import Testing

@testable import RegistryCore

/// Keeps what was written down.
private final class AuditSpy: AuditLog {
    private let list = Mutex<[AuditEvent]>([])

    func record(_ event: AuditEvent) async { list.withLock { $0.append(event) } }

    /// What was written since it was asked last, a text each: the kind, then the details.
    func take() -> [String] {
        let events = list.withLock { list in
            defer { list = [] }
            return list
        }
        return events.map { event in
            let who = event.actor == "root" && event.origin == "command line" ? "" : "?"
            return who + ([event.kind.rawValue] + event.details.map { "\($0.name)=\($0.value)" }).joined(separator: " ")
        }
    }
}

private func with(
    knownElsewhere: Set<String> = [],
    _ body: (Administration, AuditSpy, Fixture) async throws -> Void
) async throws {
    try await Fixture.with { fixture in
        let audit = AuditSpy()
        let administration = Administration(
            store: fixture.store, audit: audit, actor: "root", origin: "command line",
            isKnownElsewhere: { knownElsewhere.contains($0.description) }, now: { fixture.clock.now })
        try await body(administration, audit, fixture)
    }
}

private func name(_ text: String) throws -> UserName { try #require(UserName(text)) }

/// What `body` throws; nil: nothing.
private func refusal(_ body: () async throws -> Void) async -> AdministrationError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? AdministrationError
    }
}

struct UserAdministrationTests {
    @Test func `a user is added, gets another password and is removed, each with a line`() async throws {
        try await with { administration, audit, fixture in
            let alice = try name("alice"), store = administration.store
            try await administration.addUser(alice, passwordHash: "$y$1")
            let added = fixture.clock.now
            #expect(
                try await store.user(alice)
                    == UserRecord(name: alice, passwordHash: "$y$1", created: added, changed: added))
            fixture.clock.advance(1000)
            try await administration.setPassword("$y$2", of: alice)
            #expect(
                try await store.user(alice)
                    == UserRecord(name: alice, passwordHash: "$y$2", created: added, changed: fixture.clock.now))
            try await administration.removeUser(alice)
            #expect(try await store.users() == [])
            // And nothing of a hash.
            #expect(
                audit.take() == ["user-added user=alice", "password-changed user=alice", "user-removed user=alice"])
        }
    }

    @Test func `what cannot be done is not written down, and says what to do`() async throws {
        try await with { administration, audit, _ in
            let alice = try name("alice"), bob = try name("bob")
            try await administration.addUser(alice, passwordHash: nil)
            _ = audit.take()
            for refusal in [
                await refusal { try await administration.addUser(alice, passwordHash: nil) },
                await refusal { try await administration.checkNew(alice) },
            ] {
                #expect(refusal?.code == .exists)
                #expect(refusal?.message.contains("registryd user passwd alice") == true)
            }
            for refusal in [
                await refusal { try await administration.setPassword("x", of: bob) },
                await refusal { try await administration.checkHere(bob) },
                await refusal { try await administration.removeUser(bob) },
            ] {
                #expect(refusal?.code == .unknown)
                #expect(refusal?.message.contains("registryd user add bob") == true)
            }
            try await administration.checkNew(bob)
            try await administration.checkHere(alice)
            #expect(audit.take() == [])
        }
    }

    @Test func `a user of the htpasswd file can be granted things, and is changed there`() async throws {
        try await with(knownElsewhere: ["carol"]) { administration, _, fixture in
            let carol = try name("carol")
            for refusal in [
                await refusal { try await administration.setPassword("x", of: carol) },
                await refusal { try await administration.removeUser(carol) },
            ] {
                #expect(refusal?.message.contains("htpasswd") == true)
            }
            try await administration.grant(.read, on: .all, to: carol)
            #expect(try await administration.store.grants(on: .all).map(\.user) == [carol])
        }
    }
}

struct RepositoryAdministrationTests {
    @Test func `a repository is made, shown, hidden and deleted, each with a line`() async throws {
        try await with { administration, audit, fixture in
            try await administration.createRepository(fixture.app, .public)
            try await administration.setVisibility(.private, of: fixture.app)
            #expect(try await administration.repository(fixture.app).visibility == .private)
            try await administration.deleteRepository(fixture.app)
            #expect(try await administration.store.repository(fixture.app) == nil)
            #expect(
                audit.take() == [
                    "repository-created repository=alice/app visibility=public",
                    "visibility-changed repository=alice/app visibility=private",
                    "repository-deleted repository=alice/app",
                ])
        }
    }

    @Test func `one that is not there says how to make it, one that is says how to change it`() async throws {
        try await with { administration, audit, fixture in
            let app = fixture.app, bob = try name("bob")
            try await administration.addUser(bob, passwordHash: nil)
            _ = audit.take()
            for refusal in [
                await refusal { try await administration.setVisibility(.private, of: app) },
                await refusal { try await administration.deleteRepository(app) },
                await refusal { _ = try await administration.repository(app) },
                await refusal { try await administration.grant(.read, on: .repository(app), to: bob) },
            ] {
                #expect(refusal?.code == .unknown)
                #expect(refusal?.message.contains("registryd repo create alice/app") == true)
            }
            #expect(audit.take() == [])
            try await administration.createRepository(app, .private)
            let refused = await refusal { try await administration.createRepository(app, .public) }
            #expect(refused?.code == .exists)
            #expect(refused?.message.contains("registryd repo visibility alice/app public") == true)
            #expect(try await administration.repository(app).visibility == .private)
        }
    }

    @Test func `a grant replaces the one before, and is taken back`() async throws {
        try await with { administration, audit, fixture in
            let bob = try name("bob"), app = RepositoryPattern.repository(fixture.app)
            try await administration.createRepository(fixture.app, .private)
            let unknown = await refusal { try await administration.grant(.read, on: app, to: bob) }
            #expect(unknown?.message.contains("registryd user add bob") == true)
            try await administration.addUser(bob, passwordHash: nil)
            _ = audit.take()
            try await administration.grant(.read, on: app, to: bob)
            try await administration.grant(.write, on: app, to: bob)
            try await administration.grant(.admin, on: .namespace("team"), to: bob)
            #expect(
                try await administration.store.grants(on: app)
                    == [GrantRecord(pattern: app, user: bob, permission: .write)])
            try await administration.revoke(app, from: bob)
            #expect(try await administration.store.grants(on: nil).map(\.pattern) == [.namespace("team")])
            #expect(
                audit.take() == [
                    "granted repository=alice/app user=bob permission=read",
                    "granted repository=alice/app user=bob permission=write",
                    "granted repository=team/* user=bob permission=admin",
                    "revoked repository=alice/app user=bob",
                ])
            let refused = await refusal { try await administration.revoke(app, from: bob) }
            #expect(refused?.code == .unknown)
            #expect(refused?.message.contains("registryd repo show 'alice/app'") == true)
            #expect(audit.take() == [])
        }
    }
}

struct TokenAdministrationTests {
    @Test func `a token is made, and kept as a hash alone`() async throws {
        try await with { administration, audit, fixture in
            let alice = try name("alice"), store = administration.store
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
            #expect(try await store.token(hash: "f") == nil)
            #expect(audit.take() == [])
        }
    }

    @Test func `a token is revoked, once`() async throws {
        try await with { administration, audit, fixture in
            let alice = try name("alice")
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
        try await with { administration, audit, _ in
            await administration.keysRotated(to: "k1")
            #expect(audit.take() == ["keys-rotated key=k1"])
        }
    }
}

struct AdministrationReadingTests {
    @Test(arguments: ["alice/app", "alice/team/app", "alice/*", "ubuntu", "*"])
    func `a pattern reads back`(_ text: String) throws {
        #expect(try Administration.pattern(text).description == text)
    }

    @Test(arguments: [
        ("alice/team/*", "alice/*"), ("Alice/app", "alice/app"), ("**", "alice/app"), ("", "alice/app"),
        ("alice/", "alice/app"), ("*/app", "alice/app"),
    ])
    func `what is no pattern is refused with one that is`(_ text: String, _ hint: String) {
        let error = #expect(throws: AdministrationError.self) { try Administration.pattern(text) }
        #expect(error?.code == .invalid)
        #expect(error?.message.contains(hint) == true)
    }

    @Test(arguments: ["", "a b", "alice:x", "alice/app", "ä"])
    func `what is no user's or token's name is refused`(_ text: String) {
        #expect(throws: AdministrationError.self) { try Administration.userName(text) }
        #expect(throws: AdministrationError.self) { try Administration.tokenName(text) }
    }

    @Test(arguments: ["Alice/app", "", "alice/*", "/app"])
    func `what is no repository's name is refused`(_ text: String) {
        #expect(throws: AdministrationError.self) { try Administration.repositoryName(text) }
    }

    @Test(
        arguments: [
            [], ["repository:alice/app"], ["repository:alice/app:"], ["repository:alice/app:pul"],
            ["registry:catalog:pull"],
            ["repository:alice/app:pull", "user:x:y"], ["repository:alice/team/*:pull"],
        ] as [[String]])
    func `what is no scope is refused`(_ texts: [String]) {
        let error = #expect(throws: AdministrationError.self) { try Administration.scope(texts) }
        #expect(error?.message.contains("repository:alice/app:pull,push") == true)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (999, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"),
        (951_782_399_999, "2000-02-28T23:59:59Z"), (1_795_426_200_123, "2026-11-23T09:30:00Z"),
    ])
    func `a time is written in whole seconds, in UTC`(_ milliseconds: Int64, _ text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
    }
}
