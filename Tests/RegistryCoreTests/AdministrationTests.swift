import Testing

@testable import RegistryCore

struct UserAdministrationTests {
    @Test func `a user is added, gets another password and is removed, each with a line`() async throws {
        try await withAdministration { administration, audit, fixture in
            let alice = try userName("alice"), store = administration.store
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
            #expect(try await administration.removeUser(alice) == false)
            #expect(try await store.users() == [])
            // And nothing of a hash.
            #expect(
                audit.take() == ["user-added user=alice", "password-changed user=alice", "user-removed user=alice"])
        }
    }

    @Test func `what cannot be done is not written down, and says what to do`() async throws {
        try await withAdministration { administration, audit, _ in
            let alice = try userName("alice"), bob = try userName("bob")
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
            ] {
                #expect(refusal?.code == .unknown)
                #expect(refusal?.message.contains("registryd user add bob") == true)
            }
            let absent = await refusal { _ = try await administration.removeUser(bob) }
            #expect(absent?.code == .unknown)
            #expect(absent?.message == "there is no user bob; to see all: registryd user list")
            try await administration.checkNew(bob)
            try await administration.checkHere(alice)
            #expect(audit.take() == [])
        }
    }

    @Test func `a user of the htpasswd file can be granted things, and is changed there`() async throws {
        try await withAdministration(knownElsewhere: ["carol"]) { administration, _, fixture in
            let carol = try userName("carol")
            for refusal in [
                await refusal { try await administration.setPassword("x", of: carol) },
                await refusal { _ = try await administration.removeUser(carol) },
            ] {
                #expect(refusal?.message.contains("htpasswd") == true)
            }
            try await administration.grant(.read, on: .all, to: carol)
            #expect(try await administration.store.grants(on: .all).map(\.user) == [carol])
        }
    }

    @Test func `who removes a user of the htpasswd file too is told that there is one`() async throws {
        try await withAdministration(knownElsewhere: ["carol"]) { administration, audit, _ in
            let carol = try userName("carol")
            try await administration.addUser(carol, passwordHash: nil)
            _ = audit.take()
            #expect(try await administration.removeUser(carol))
            #expect(audit.take() == ["user-removed user=carol"])
        }
    }

    @Test func `of somebody who was in the htpasswd file grants and tokens are removed`() async throws {
        try await withAdministration { administration, audit, _ in
            let carol = try userName("carol"), store = administration.store
            let grant = GrantRecord(pattern: .all, user: carol, permission: .read)
            #expect(try await store.grant(grant, at: administration.now()))
            #expect(try await administration.removeUser(carol) == false)
            #expect(try await store.grants(on: nil) == [])
            #expect(audit.take() == ["user-removed user=carol"])
        }
    }
}

struct RepositoryAdministrationTests {
    @Test func `a repository is made, shown, hidden and deleted, each with a line`() async throws {
        try await withAdministration { administration, audit, fixture in
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
        try await withAdministration { administration, audit, fixture in
            let app = fixture.app, bob = try userName("bob")
            try await administration.addUser(bob, passwordHash: nil)
            _ = audit.take()
            for refusal in [
                await refusal { try await administration.setVisibility(.private, of: app) },
                await refusal { try await administration.grant(.read, on: .repository(app), to: bob) },
            ] {
                #expect(refusal?.code == .unknown)
                #expect(refusal?.message.contains("registryd repo create alice/app") == true)
            }
            for refusal in [
                await refusal { try await administration.deleteRepository(app) },
                await refusal { _ = try await administration.repository(app) },
            ] {
                #expect(refusal?.code == .unknown)
                #expect(refusal?.message == "there is no repository alice/app; to see all: registryd repo list")
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
        try await withAdministration { administration, audit, fixture in
            let bob = try userName("bob"), app = RepositoryPattern.repository(fixture.app)
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
