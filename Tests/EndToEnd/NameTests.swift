import Testing

/// Repository names, above all those that look like something else.
struct NameTests {
    let client: Client

    init() throws {
        client = Client(try Server.shared())
    }

    @Test(arguments: [
        "a", "0", "a/b/c/d/e/f/g", "a-b", "a--b", "a---b", "a_b", "a__b", "a.b", "a/manifests/b", "manifests", "blobs",
        "uploads", "tags", "referrers", "v2", "v2/v2", "blobs/uploads/x", "blobs/uploads", "a/tags/list", "tags/list",
        "a/blobs/uploads/4c2f0e7a-0000-4000-8000-000000000000", "a/referrers/b", "manifests/manifests/manifests",
        "x/manifests", "list", "token", String(repeating: "n", count: 229), "a/" + String(repeating: "n", count: 227),
    ])
    func `everything works in a repository called`(_ name: String) throws {
        // Other suites have repositories of their own in `test/`; these names are this test's alone.
        let blob = randomBytes(50)
        let config = Array("{}".utf8)
        let location = try client.startUpload(name)
        expect(try client.get(location), 204)
        expect(try client.finish(client.append(blob, to: location), sha256(blob)), 201)
        try client.pushBlob(config, to: name)
        expectSame(try client.pullBlob(sha256(blob), from: name), blob)
        #expect(try client.head("/v2/\(name)/blobs/\(sha256(blob))").status == 200)

        let manifest = Manifest.image(config: config, layers: [blob])
        for tag in ["latest", "list", "manifests", "uploads"] {
            try client.pushManifest(manifest, to: name, as: tag)
            expectSame(try client.get("/v2/\(name)/manifests/\(tag)").body, manifest.content)
        }
        expectSame(try client.get("/v2/\(name)/manifests/\(manifest.digest)").body, manifest.content)
        let tags: TagList = try client.get("/v2/\(name)/tags/list").decode()
        #expect(tags.name == name)
        #expect(tags.tags == ["latest", "list", "manifests", "uploads"])
        expect(try client.get("/v2/\(name)/referrers/\(manifest.digest)"), 200)
        expect(try client.delete("/v2/\(name)/manifests/\(manifest.digest)"), 202)
        expect(try client.delete("/v2/\(name)/blobs/\(sha256(blob))"), 202)
    }

    @Test(arguments: [
        "A", "a/B", "-a", "a-", "a/-b", ".a", "a.", "_a", "a..b", "a._b", "a___b", "a/b_", "a%20b", "a%C3%A4", "a%00b",
        "a:b", "a@b", "a~b", "a+b", "a%2e%2e", String(repeating: "n", count: 230),
        "a/" + String(repeating: "n", count: 229),
    ])
    func `what is no name is refused`(_ name: String) throws {
        let digest = sha256([])
        expect(try client.get("/v2/\(name)/manifests/latest"), 400, "NAME_INVALID")
        expect(try client.get("/v2/\(name)/blobs/\(digest)"), 400, "NAME_INVALID")
        expect(try client.get("/v2/\(name)/tags/list"), 400, "NAME_INVALID")
        expect(try client.get("/v2/\(name)/referrers/\(digest)"), 400, "NAME_INVALID")
        expect(try client.post("/v2/\(name)/blobs/uploads/"), 400, "NAME_INVALID")
        let manifest = Manifest.image(layers: [])
        expect(try client.putManifest(manifest, to: name, as: "latest"), 400, "NAME_INVALID")
    }

    /// Slashes and dots that a path is made of: whether it is a bad name or no route at all, it must not lead anywhere.
    @Test(arguments: [
        "/v2//manifests/latest", "/v2/a//b/manifests/latest", "/v2//a/manifests/latest", "/v2/a//manifests/latest",
        "/v2/../v2/a/manifests/latest", "/v2/a/../b/manifests/latest", "/v2/./a/manifests/latest", "/v2/a/./tags/list",
        "/v2/..%2f..%2fetc/manifests/passwd", "/v2/a%2F..%2Fb/manifests/latest", "/v2/%2e%2e/manifests/latest",
        "/v2/a/manifests/..%2f..%2fx", "/v2/a/blobs/..%2f..%2fregistry.db", "/v2/a/blobs/uploads/..%2F..%2Fx",
        "/v2/a%00/manifests/latest", "/v2/%/manifests/latest", "/v2/%zz/manifests/latest", "/v2/a%/tags/list",
        "//v2/a/manifests/latest", "/v2/a\\b/manifests/latest", "/v2/ä/manifests/latest",
    ])
    func `a path that would lead astray is refused`(_ target: String) throws {
        for method in ["GET", "HEAD", "DELETE"] {
            expect(try client.request(method, target), 400...404)
        }
    }
}
