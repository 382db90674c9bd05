import Foundation
import Testing

/// Lists of 100,000 entries, page by page.
struct LimitListingTests {
    private static let count = 100_000

    /// All pages from `first` on, each with how many entries it has.
    private func pages<T>(_ first: String, _ client: Client, _ read: (HTTPResponse) throws -> [T]) throws -> [[T]] {
        var pages: [[T]] = []
        var next: String? = first
        while let target = next {
            let response = try client.get(target)
            expect(response, 200)
            pages.append(try read(response))
            next = response.nextPage
        }
        return pages
    }

    @Test func `tags`() throws {
        let server = try Server()
        let client = Client(server)
        try client.pushImage(to: "a", as: "latest")
        try server.execute(
            """
            \(numbers(Self.count - 1))
            INSERT INTO tags (repository_id, name, manifest_id, updated)
            SELECT m.repository_id, printf('t%06d', n), m.id, 0 FROM numbers, manifests m
            """)
        let expected = ["latest"] + (0..<Self.count - 1).map { "t" + String(format: "%06d", $0) }
        // A page holds 10,000, whatever is asked for.
        for (query, most) in [("?n=1000", 1000), ("?n=100000", 10_000), ("", 10_000)] {
            let pages = try pages("/v2/a/tags/list\(query)", client) { try $0.decode(TagList.self).tags }
            expectSame(pages.flatMap(\.self), expected)
            #expect(pages.map(\.count) == Array(repeating: most, count: Self.count / most))
        }
        let middle = try client.get("/v2/a/tags/list?n=3&last=t050000").decode(TagList.self)
        #expect(middle.tags == ["t050001", "t050002", "t050003"])
        #expect(try client.get("/v2/a/tags/list?n=5&last=t099998").decode(TagList.self).tags == [])
        expect(try client.get("/v2/a/manifests/t077777"), 200)
    }

    private struct Catalog: Decodable { var repositories: [String] }

    @Test func `repositories, of which a user may see a few`() throws {
        let server = try Server(settings: ["access.anonymous=none"])
        for user in ["alice", "root"] { try server.addUser(user) }
        try server.execute(
            """
            \(numbers(Self.count))
            INSERT INTO repositories (name, created, visibility)
            SELECT CASE WHEN n % 20000 = 7 THEN 'alice/' ELSE 'x/' END || printf('r%06d', n), 0,
                CASE WHEN n % 10000 = 3 THEN 'public' ELSE 'private' END FROM numbers
            """)
        try server.command("repo", "grant", "x/r055555", "alice", "read")
        try server.command("repo", "grant", "*", "root", "admin")
        let client = Client(server)
        func catalog(_ user: String, _ query: String) throws -> [[String]] {
            let caller = Caller(user, client, basic(user))
            var pages: [[String]] = []
            var next: String? = "/v2/_catalog\(query)"
            while let target = next {
                let response = try caller.expect(200, "GET", target)
                pages.append(try response.decode(Catalog.self).repositories)
                next = response.nextPage
            }
            return pages
        }
        let own = (0..<5).map { "alice/r" + String(format: "%06d", $0 * 20_000 + 7) }
        let others = (0..<10).map { $0 * 10_000 + 3 } + [55_555]
        let expected = own + others.sorted().map { "x/r" + String(format: "%06d", $0) }
        for query in ["", "?n=4", "?n=1"] {
            #expect(try catalog("alice", query).flatMap(\.self) == expected)
        }
        #expect(try catalog("alice", "?n=4").allSatisfy { $0.count <= 4 })
        let all = try catalog("root", "?n=1000")
        #expect(all.joined().count == Self.count && all.allSatisfy { $0.count <= 1000 })
        #expect(Array(all.joined()) == all.joined().sorted())
    }
}
