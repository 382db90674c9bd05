import Foundation
import RegistryCore
import Testing

@testable import MetadataSQL

@Suite struct MigrationTests {
    /// Takes back what the third migration did.
    private func makeVersion2(_ store: SQLiteStore) async throws {
        try await store.write("going back") { db in
            for statement in [
                "DROP TABLE refresh_tokens", "DROP TABLE tokens", "DROP TABLE grants", "DROP TABLE users",
                "DROP INDEX upload_sessions_owner", "ALTER TABLE upload_sessions DROP COLUMN owner",
                "DROP INDEX repositories_visibility", "ALTER TABLE repositories DROP COLUMN visibility",
                "DELETE FROM grdb_migrations WHERE identifier = 'v3'",
            ] {
                try db.run(statement)
            }
        }
    }

    @Test func `what an older release wrote is public, and its uploads are nobody's`() async throws {
        try await withFolder { folder in
            let old = try openStore(in: folder)
            let app = try name("alice/app")
            try await old.push(digest(1), to: app)
            try await old.put(manifest(1), "latest", in: app)
            let open = session(app)
            try await old.createUpload(open)
            try await makeVersion2(old)
            #expect(try await old.columns(of: "repositories") == "id name created")
            #expect(try await old.columns(of: "users") == nil)
            try await old.close()

            let new = try openStore(in: folder)
            #expect(try new.repository(app)?.visibility == .public)
            #expect(try new.standing(of: user("bob"), in: app) == Standing(visibility: .public, grant: nil))
            #expect(try new.repositories(.readable(by: nil), after: nil, limit: 9) == [app])
            #expect(try new.manifest(.tag(tag("latest")), in: app)?.digest == digest(1))
            #expect(try new.upload(open.id) == open)
            #expect(try new.users() == [])
            #expect(try new.grants(on: nil) == [])
            #expect(try new.tokens(of: nil) == [])
            #expect(try await new.setVisibility(.private, of: app))
            #expect(try new.repositories(.readable(by: nil), after: nil, limit: 9) == [])
            try await new.close()
        }
    }

    @Test func `what one process changes counts at once in another`() async throws {
        try await withFolder { folder in
            let (server, command) = (try openStore(in: folder), try openStore(in: folder))
            let (app, bob) = (try name("alice/app"), try user("bob"))
            try await server.push(digest(1), to: app)
            #expect(try server.standing(of: bob, in: app) == Standing(visibility: .public, grant: nil))

            #expect(try await command.setVisibility(.private, of: app))
            #expect(try await command.grant(.write, on: "alice/app", to: "bob"))
            #expect(try server.standing(of: bob, in: app) == Standing(visibility: .private, grant: .write))
            #expect(try server.repositories(.readable(by: bob), after: nil, limit: 9) == [app])
            #expect(try await command.revoke(pattern("alice/app"), from: bob))
            #expect(try server.standing(of: bob, in: app) == Standing(visibility: .private, grant: nil))
            #expect(try server.repositories(.readable(by: bob), after: nil, limit: 9) == [])

            #expect(try server.user(bob) == nil)
            #expect(try await command.addUser(record("bob", password: "one")))
            #expect(try server.user(bob)?.passwordHash == "one")
            #expect(try await command.addToken(token("1", of: "bob"), hash: "h"))
            #expect(try server.token(hash: "h") == token("1", of: "bob"))
            try await server.addRefreshToken(login("bob", token: "1"), hash: "l", limit: 9)
            #expect(try await command.revokeToken("ci-1", of: bob))
            #expect(try server.token(hash: "h") == nil)
            #expect(try server.refreshToken(hash: "l") == nil)
            #expect(try await command.removeUser(bob))
            #expect(try server.user(bob) == nil)
            #expect(try await command.deleteRepository(app))
            #expect(try server.standing(of: bob, in: app).visibility == nil)
            try await command.close()
            try await server.close()
        }
    }
}
