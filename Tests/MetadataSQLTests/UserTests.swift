import RegistryCore
import Testing

@testable import MetadataSQL

@Suite struct UserTests {
    @Test func `users come back as they were added, in the order of their names' bytes`() async throws {
        try await withStore { store in
            #expect(try store.users() == [])
            let bare = try record("alice")
            var full = try record("Zoe@example.com", password: "$2y$05$hash")
            full.created = time(3)
            full.changed = time(4)
            for user in [bare, full] {
                #expect(try await store.addUser(user))
                #expect(try store.user(user.name) == user)
            }
            #expect(try store.users() == [full, bare])
            #expect(try store.user(user("Alice")) == nil)
        }
    }

    @Test func `a name that is taken is not added again`() async throws {
        try await withStore { store in
            let first = try record("alice", password: "first")
            #expect(try await store.addUser(first))
            #expect(try await store.addUser(record("alice", password: "second")) == false)
            #expect(try store.users() == [first])
        }
    }

    @Test func `a new password, or none, ends the user's logins and nobody else's`() async throws {
        try await withStore { store in
            for name in ["alice", "bob"] {
                #expect(try await store.addUser(record(name, password: "old")))
                #expect(try await store.addToken(token(name, of: name), hash: "token of \(name)"))
            }
            try await store.addRefreshToken(login("alice", token: "alice"), hash: "by robot", limit: 9)
            for (turn, hash) in ["new", nil].enumerated() {
                try await store.addRefreshToken(login("alice"), hash: "a", limit: 9)
                try await store.addRefreshToken(login("bob"), hash: "c\(turn)", limit: 9)
                let now = time(Int64(turn) + 5)
                #expect(try await store.setPassword(hash, of: user("alice"), at: now))
                let expected = UserRecord(
                    name: try user("alice"), passwordHash: hash, created: time(1), changed: now)
                #expect(try store.user(user("alice")) == expected)
                #expect(try store.refreshToken(hash: "a") == nil)
                #expect(try store.refreshToken(hash: "by robot") == login("alice", token: "alice"))
                #expect(try store.refreshToken(hash: "c\(turn)") == login("bob"))
            }
            #expect(try store.user(user("bob")) == record("bob", password: "old"))
            #expect(try store.token(hash: "token of alice") == token("alice", of: "alice"))
        }
    }

    @Test func `the password of nobody is not set, and no login ends`() async throws {
        try await withStore { store in
            // A user of an htpasswd file has logins and no row.
            try await store.addRefreshToken(login("carol"), hash: "c", limit: 9)
            #expect(try await store.setPassword("new", of: user("carol"), at: time(5)) == false)
            #expect(try store.users() == [])
            #expect(try store.refreshToken(hash: "c") == login("carol"))
        }
    }

    @Test func `a user goes with grants, tokens and logins, and leaves the repositories`() async throws {
        try await withStore { store in
            let app = try name("alice/app")
            #expect(try await store.createRepository(app, .private, at: time(1)))
            for name in ["alice", "bob"] {
                #expect(try await store.addUser(record(name)))
                for pattern in ["alice/app", "team/*", "*"] {
                    #expect(try await store.grant(.read, on: pattern, to: name))
                }
                #expect(try await store.addToken(token(name, of: name), hash: "token of \(name)"))
                try await store.addRefreshToken(login(name), hash: "login of \(name)", limit: 9)
                try await store.addRefreshToken(login(name, token: name), hash: "token login of \(name)", limit: 9)
            }
            #expect(try await store.removeUser(user("alice")))

            #expect(try store.users() == [record("bob")])
            #expect(try store.grants(on: nil).map(\.user) == Array(repeating: user("bob"), count: 3))
            #expect(try store.standing(of: user("alice"), in: app) == Standing(visibility: .private, grant: nil))
            #expect(try store.tokens(of: nil) == [token("bob", of: "bob")])
            #expect(try store.token(hash: "token of alice") == nil)
            for login in ["login of alice", "token login of alice"] {
                #expect(try store.refreshToken(hash: login) == nil)
            }
            #expect(try await store.count("refresh_tokens") == 2)
            #expect(try store.hasRepository(app))
        }
    }

    @Test func `what somebody leaves who has no row goes too, upload sessions as well`() async throws {
        try await withStore { store in
            // As a user of an htpasswd file.
            #expect(try await store.grant(.read, on: "*", to: "carol"))
            #expect(try await store.addToken(token("1", of: "carol"), hash: "t"))
            try await store.addRefreshToken(login("carol"), hash: "l", limit: 9)
            var session = session(try name("carol/app"))
            session.owner = try user("carol")
            #expect(try await store.createUpload(session, limit: nil))
            #expect(try await store.removeUser(user("carol")))
            for table in ["grants", "tokens", "refresh_tokens", "upload_sessions"] {
                #expect(try await store.count(table) == 0)
            }
            #expect(try await store.removeUser(user("carol")) == false)
        }
    }

    @Test func `a robot's logins do not push out its user's`() async throws {
        try await withStore { store in
            #expect(try await store.addToken(token("1", of: "alice"), hash: "t"))
            try await store.addRefreshToken(login("alice"), hash: "by password", limit: 2)
            for number in 1...4 {
                try await store.addRefreshToken(login("alice", token: "1"), hash: "by robot \(number)", limit: 2)
            }
            #expect(try store.refreshToken(hash: "by password") != nil)
            #expect(try await store.count("refresh_tokens") == 3)
        }
    }
}
