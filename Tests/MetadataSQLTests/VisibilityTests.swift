import RegistryCore
import Testing

@testable import MetadataSQL

@Suite struct VisibilityTests {
    private static let `public` = ["alice/open", "bob/open", "debian"]
    private static let `private` = [
        "alice", "alice-b/app", "alice.b/app", "alice/app", "alice/deep/app", "alice0/app", "bob/app", "bob/deep/app",
        "bob0/app", "carol/app", "ubuntu",
    ]

    /// A store with these repositories, each of which has blob 1.
    private func withRepositories(_ body: (SQLiteStore) async throws -> Void) async throws {
        try await withStore { store in
            for text in Self.public { try await store.push(digest(1), to: name(text)) }
            for text in Self.private {
                try await store.push(digest(1), to: name(text))
                #expect(try await store.setVisibility(.private, of: name(text)))
            }
            try await body(store)
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var user: String?
        var grants: [String] = []
        /// Beside the public ones.
        var sees: [String] = []

        var testDescription: String { "\(user ?? "nobody") with \(grants)" }
    }

    private static let cases = [
        Case(user: nil), Case(user: "zoe"), Case(user: "ubuntu"), Case(user: "debian"), Case(user: "ALICE"),
        Case(user: "alice", sees: ["alice/app", "alice/deep/app"]),
        Case(user: "zoe", grants: ["bob/app"], sees: ["bob/app"]),
        Case(user: "zoe", grants: ["bob/open", "ubuntu"], sees: ["ubuntu"]),
        Case(user: "zoe", grants: ["bob/*"], sees: ["bob/app", "bob/deep/app"]),
        Case(user: "zoe", grants: ["ubuntu/*", "alice-b/*"], sees: ["alice-b/app"]),
        Case(user: "ubuntu", grants: ["ubuntu/*"]),
        Case(
            user: "alice", grants: ["alice/app", "alice/*", "bob/deep/app", "bob/*", "carol/app"],
            sees: ["alice/app", "alice/deep/app", "bob/app", "bob/deep/app", "carol/app"]),
        Case(user: "zoe", grants: ["*"], sees: `private`),
        Case(user: "alice", grants: ["*", "alice/*", "alice/app"], sees: `private`),
    ]

    private func grant(_ patterns: [String], to user: String?, in store: SQLiteStore) async throws {
        // Others' grants are nobody's business.
        for pattern in ["carol/*", "*", "ubuntu"] {
            #expect(try await store.grant(.admin, on: pattern, to: "somebody"))
        }
        guard let user else { return }
        for (number, pattern) in patterns.enumerated() {
            let permission = Permission.allCases[number % Permission.allCases.count]
            #expect(try await store.grant(permission, on: pattern, to: user))
        }
    }

    private func sorted(_ names: [String]) -> [String] {
        names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    @Test(arguments: cases)
    func `a list shows the public ones, the own, and those with a grant`(_ test: Case) async throws {
        try await withRepositories { store in
            try await grant(test.grants, to: test.user, in: store)
            let filter = RepositoryFilter.readable(by: try test.user.map { try user($0) })
            let expected = sorted(Self.public + test.sees)
            #expect(try store.repositories(filter, after: nil, limit: 99).map(\.description) == expected)
            #expect(try store.repositories(filter, after: nil, limit: 0) == [])
            #expect(try store.repositories(filter, after: nil, limit: -1) == [])
            let holders = try store.repositories(having: digest(1), filter, limit: 99)
            #expect(sorted(holders.map(\.description)) == expected)
        }
    }

    @Test(arguments: cases)
    func `pages of any length make up the list, each name once`(_ test: Case) async throws {
        try await withRepositories { store in
            try await grant(test.grants, to: test.user, in: store)
            let filter = RepositoryFilter.readable(by: try test.user.map { try user($0) })
            for limit in 1...5 {
                var listed: [String] = []
                while case let page = try store.repositories(filter, after: listed.last, limit: limit), !page.isEmpty {
                    #expect(page.count <= limit)
                    listed += page.map(\.description)
                }
                #expect(listed == sorted(Self.public + test.sees))
            }
        }
    }

    @Test(arguments: cases)
    func `a list shows what the rules let its reader read, and nothing else`(_ test: Case) async throws {
        try await withRepositories { store in
            try await grant(test.grants, to: test.user, in: store)
            let user = try test.user.map { try some(UserName($0)) }
            var policy = AccessPolicy()
            policy.anonymous = .pull
            let rules = AccessRules(policy)
            var readable: [RepositoryName] = []
            for repository in try store.repositories(.all, after: nil, limit: 99) {
                let standing = try store.standing(of: user, in: repository)
                if rules.right(of: user, to: repository, standing) != nil { readable.append(repository) }
            }
            #expect(try store.repositories(.readable(by: user), after: nil, limit: 99) == readable)
        }
    }

    @Test func `a page may begin anywhere`() async throws {
        try await withRepositories { store in
            for pattern in ["bob/*", "ubuntu"] { #expect(try await store.grant(.read, on: pattern, to: "alice")) }
            let filter = RepositoryFilter.readable(by: try user("alice"))
            let all = try store.repositories(filter, after: nil, limit: 99).map(\.description)
            for start in ["", "*", "a", "alice", "alice/", "alice/b", "alice0", "bob", "bob/*", "bob/b", "b\u{0}", "é"]
            {
                let page = try store.repositories(filter, after: start, limit: 99).map(\.description)
                #expect(page == all.filter { start.utf8.lexicographicallyPrecedes($0.utf8) }, "after \(start)")
            }
        }
    }

    private static let plan = Query("EXPLAIN QUERY PLAN \(SQLiteStore.visible.sql)")

    @Test func `a list does not look at what its reader may not read`() async throws {
        try await withStore { store in
            let plan = try store.read("explaining") { try $0.all(Self.plan, [:]) { $0.text(3) } }
            var (scanned, searched): (Set<String>, [String]) = ([], [])
            for step in plan {
                if step.hasPrefix("SCAN ") { scanned.insert(String(step.dropFirst(5))) }
                if step.hasPrefix("SEARCH ") { searched.append(step) }
            }
            // Of tables there are ranges of an index alone; what is read from end to end are results that have a limit.
            #expect(scanned == ["those_for_all", "own", "granted", "granted_namespaces", "everything"])
            #expect(searched.count == 8)
            for step in searched { #expect(step.contains(" USING COVERING INDEX ")) }
        }
    }

    @Test func `who has a blob is told of those that have it, while its bytes are somewhere`() async throws {
        try await withStore { store in
            for text in ["a/x", "b/x", "c/x"] { try await store.push(digest(1), to: name(text)) }
            for text in ["d/x", "a"] { try await store.push(digest(2), to: name(text)) }
            for filter in [.all, .readable(by: nil), .readable(by: try user("d"))] as [RepositoryFilter] {
                func holders(_ number: Int, limit: Int = 9) throws -> Set<String> {
                    let found = try store.repositories(having: digest(number), filter, limit: limit)
                    #expect(found.count <= limit)
                    return Set(found.map(\.description))
                }
                #expect(try holders(1) == ["a/x", "b/x", "c/x"])
                #expect(try holders(2) == ["d/x", "a"])
                #expect(try holders(3) == [])
                #expect(try holders(1, limit: 2).count == 2)
                #expect(try holders(1, limit: 0) == [])
            }
            try await store.write("losing") { try $0.run("DELETE FROM blob_locations") }
            #expect(try store.repositories(having: digest(1), .all, limit: 9) == [])
            #expect(try store.repositories(having: digest(1), .readable(by: user("a")), limit: 9) == [])
        }
    }
}
