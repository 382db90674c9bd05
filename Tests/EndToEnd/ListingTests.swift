import Testing

/// Tags and the catalog, and how they are paged.
struct ListingTests {
    let client: Client
    let repository = uniqueRepository()

    init() throws {
        client = Client(try Server.shared())
    }

    private func push(_ tags: [String]) throws {
        let config = Array("{}".utf8)
        try client.pushBlob(config, to: repository)
        let manifest = Manifest.image(config: config, layers: [])
        for start in stride(from: 0, to: tags.count, by: 100) {
            let query = tags[start..<min(start + 100, tags.count)].map { "tag=\($0)" }.joined(separator: "&")
            try client.pushManifest(manifest, to: repository, as: "\(manifest.digest)?\(query)")
        }
    }

    private func list(_ query: String = "") throws -> (tags: [String], next: String?) {
        try page("/v2/\(repository)/tags/list\(query)")
    }

    private func page(_ target: String) throws -> (tags: [String], next: String?) {
        let response = try client.get(target)
        expect(response, 200)
        #expect(response["Content-Type"]?.hasPrefix("application/json") == true)
        let list: TagList = try response.decode()
        #expect(list.name == repository)
        return (list.tags, response.nextPage)
    }

    @Test func `tags come in the order of their bytes`() throws {
        let tags = ["v1", "V1", "latest", "1.10", "1.9", "_x", "a-b", "a.b", "a_b", "aB", "Zebra", "0"]
        try push(tags)
        let ordered = tags.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        #expect(try list().tags == ordered)
        #expect(try list().next == nil)
    }

    @Test func `n limits a page, last begins it, and Link leads on`() throws {
        try push(["a", "b", "c", "d", "e"])
        let first = try list("?n=2")
        #expect(first.tags == ["a", "b"])
        let second = try page(try #require(first.next))
        #expect(second.tags == ["c", "d"])
        let third = try page(try #require(second.next))
        #expect(third.tags == ["e"])
        #expect(third.next == nil)

        #expect(try list("?n=2&last=b").tags == ["c", "d"])
        #expect(try list("?last=c").tags == ["d", "e"])
        // The name that the list goes on after need not be there.
        #expect(try list("?n=1&last=bb").tags == ["c"])
        #expect(try list("?last=e").tags == [])
    }

    @Test func `a page that just fits is the last`() throws {
        try push(["a", "b", "c"])
        let whole = try list("?n=3")
        #expect(whole.tags == ["a", "b", "c"])
        #expect(whole.next == nil)
        #expect(try list("?n=1000000").tags == ["a", "b", "c"])
    }

    @Test func `n=0 is an empty list without a link`() throws {
        try push(["a"])
        let none = try list("?n=0")
        #expect(none.tags.isEmpty)
        #expect(none.next == nil)
    }

    @Test(arguments: ["-1", "abc", "1.5", "", "99999999999999999999999"])
    func `what is no number is refused`(_ n: String) throws {
        try push(["a"])
        expect(try client.get("/v2/\(repository)/tags/list?n=\(n)"), 400)
        expect(try client.get("/v2/_catalog?n=\(n)"), 400)
    }

    @Test func `the tags of an unknown repository are 404`() throws {
        expect(try client.get("/v2/\(uniqueRepository())/tags/list"), 404, "NAME_UNKNOWN")
    }

    @Test func `a repository with blobs alone has no tags`() throws {
        try client.pushBlob([1], to: repository)
        #expect(try list().tags.isEmpty)
    }

    @Test func `10,000 tags are paged through`() throws {
        let tags = (0..<10_000).map { "build-\($0)" }
        try push(tags)
        let ordered = tags.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        var found: [String] = []
        var pages = 0
        var next: String? = "/v2/\(repository)/tags/list?n=999"
        while let target = next {
            let page = try page(target)
            #expect(page.tags.count == 999 || page.next == nil)
            found += page.tags
            next = page.next
            pages += 1
        }
        #expect(pages == 11)
        expectSame(found, ordered)

        found = []
        next = "/v2/\(repository)/tags/list"
        while let target = next {
            let page = try page(target)
            found += page.tags
            next = page.next
        }
        expectSame(found, ordered)
    }

    // MARK: Catalog

    private struct Catalog: Decodable {
        var repositories: [String]
    }

    @Test func `the catalog lists repositories in order, in pages`() throws {
        // A server of its own: others come and go on the one that is shared.
        let client = Client(try Server())
        #expect(try client.get("/v2/_catalog").decode(Catalog.self).repositories.isEmpty)
        let names = ["b", "a/z", "a", "a-b", "a/b/c", "z9", "a.b"]
        for name in names { try client.pushImage(to: name, as: "latest") }
        let ordered = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let whole = try client.get("/v2/_catalog")
        #expect(try whole.decode(Catalog.self).repositories == ordered)
        #expect(whole.nextPage == nil)

        var found: [[String]] = []
        var next: String? = "/v2/_catalog?n=3"
        while let target = next {
            let response = try client.get(target)
            expect(response, 200)
            found.append(try response.decode(Catalog.self).repositories)
            next = response.nextPage
        }
        #expect(found == [Array(ordered[..<3]), Array(ordered[3..<6]), [ordered[6]]])
        let after = try client.get("/v2/_catalog?n=2&last=a%2Fb%2Fc").decode(Catalog.self)
        #expect(after.repositories == ["a/z", "b"])
        let none = try client.get("/v2/_catalog?n=0")
        #expect(try none.decode(Catalog.self).repositories.isEmpty)
        #expect(none.nextPage == nil)
    }
}
