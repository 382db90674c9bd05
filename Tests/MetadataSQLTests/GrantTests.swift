import RegistryCore
import Testing

@testable import MetadataSQL

@Suite struct GrantTests {
    @Test func `grants come in the order of pattern and user, all or those on one pattern`() async throws {
        try await withStore { store in
            #expect(try await store.createRepository(name("alice/app"), .private, at: time(1)))
            #expect(try await store.grant(.write, on: "alice/app", to: "carol"))
            #expect(try await store.grant(.read, on: "alice/app", to: "bob"))
            #expect(try await store.grant(.admin, on: "alice/*", to: "dave"))
            #expect(try await store.grant(.admin, on: "*", to: "root"))
            let all = try store.grants(on: nil)
            #expect(
                all.map { "\($0.pattern) \($0.user)" } == [
                    "* root", "alice/* dave", "alice/app bob", "alice/app carol",
                ])
            #expect(all.map(\.permission) == [.admin, .admin, .read, .write])
            #expect(try store.grants(on: pattern("alice/app")) == Array(all[2...]))
            #expect(try store.grants(on: pattern("alice/*")) == [all[1]])
            #expect(try store.grants(on: .all) == [all[0]])
            #expect(try store.grants(on: pattern("bob/*")) == [])
        }
    }

    @Test func `a later grant takes the place of the earlier one, up or down`() async throws {
        try await withStore { store in
            let app = try name("team/app")
            for permission in [Permission.read, .admin, .write] {
                #expect(try await store.grant(permission, on: "team/*", to: "bob"))
                #expect(try store.grants(on: nil).map(\.permission) == [permission])
                #expect(try store.standing(of: user("bob"), in: app).grant == permission)
            }
        }
    }

    @Test func `there is no grant on a repository that does not exist`() async throws {
        try await withStore { store in
            #expect(try await store.grant(.read, on: "alice/app", to: "bob") == false)
            #expect(try store.grants(on: nil) == [])
            try await store.push(digest(1), to: name("alice/app"))
            #expect(try await store.grant(.read, on: "alice/app", to: "bob"))
        }
    }

    @Test func `revoking takes away one grant`() async throws {
        try await withStore { store in
            let (bob, app) = (try user("bob"), try name("team/app"))
            for pattern in ["team/*", "*"] {
                for user in ["bob", "carol"] { #expect(try await store.grant(.read, on: pattern, to: user)) }
            }
            #expect(try await store.revoke(pattern("team/*"), from: bob))
            #expect(try await store.revoke(pattern("team/*"), from: bob) == false)
            #expect(try await store.revoke(pattern("other/*"), from: bob) == false)
            #expect(
                try store.grants(on: nil).map { "\($0.pattern) \($0.user)" } == ["* bob", "* carol", "team/* carol"])
            #expect(try store.standing(of: bob, in: app).grant == .read)
            #expect(try await store.revoke(.all, from: bob))
            #expect(try store.standing(of: bob, in: app).grant == nil)
        }
    }

    @Test(
        arguments: [
            (["alice/app": .read], .read), (["alice/*": .write], .write), (["*": .admin], .admin),
            (["alice/app": .admin, "alice/*": .read, "*": .write], .admin),
            (["alice/app": .read, "alice/*": .write, "*": .read], .write),
            (["alice/app": .read, "alice/*": .read, "*": .admin], .admin),
            (["alice/app/x": .admin, "alice-b/*": .admin, "ali/*": .admin, "app/*": .admin, "alice": .admin], nil),
        ] as [([String: Permission], Permission?)])
    func `of the grants that cover a repository the highest counts`(
        grants: [String: Permission], expected: Permission?
    ) async throws {
        try await withStore { store in
            for text in ["alice/app", "alice/app/x", "alice"] {
                #expect(try await store.createRepository(name(text), .private, at: time(1)))
            }
            for (pattern, permission) in grants {
                #expect(try await store.grant(permission, on: pattern, to: "bob"))
            }
            let app = try name("alice/app")
            #expect(try store.standing(of: user("bob"), in: app) == Standing(visibility: .private, grant: expected))
            for other in [nil, try user("carol"), try user("Bob")] {
                #expect(try store.standing(of: other, in: app) == Standing(visibility: .private, grant: nil))
            }
        }
    }

    @Test func `a name of one component is in no namespace`() async throws {
        try await withStore { store in
            let ubuntu = try name("ubuntu")
            #expect(try await store.grant(.admin, on: "ubuntu/*", to: "bob"))
            #expect(try store.standing(of: user("bob"), in: ubuntu) == Standing(visibility: nil, grant: nil))
            #expect(try store.standing(of: user("bob"), in: name("ubuntu/22.04")).grant == .admin)
            #expect(try await store.createRepository(ubuntu, .public, at: time(1)))
            #expect(try await store.grant(.write, on: "ubuntu", to: "bob"))
            #expect(try store.standing(of: user("bob"), in: ubuntu) == Standing(visibility: .public, grant: .write))
            #expect(try await store.grant(.admin, on: "*", to: "bob"))
            #expect(try store.standing(of: user("bob"), in: ubuntu).grant == .admin)
        }
    }

    @Test func `a grant that we did not write lets nobody in`() async throws {
        try await withStore { store in
            #expect(try await store.grant(.read, on: "team/*", to: "bob"))
            try await store.write("damaging") { try $0.run("UPDATE grants SET permission = 'everything'") }
            let error = #expect(throws: MetadataError.self) {
                try store.standing(of: user("bob"), in: name("team/app"))
            }
            #expect(error?.description.hasSuffix("failed (no permission: \"everything\")") == true)
        }
    }
}
