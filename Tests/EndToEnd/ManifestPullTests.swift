import Testing

/// `GET` and `HEAD` of manifests, and their deletion.
struct ManifestPullTests {
    let client: Client
    let repository = uniqueRepository()
    let manifest: Manifest

    init() throws {
        client = Client(try Server.shared())
        manifest = try client.pushImage(to: repository, as: "latest")
    }

    private func target(_ reference: String) -> String { "/v2/\(repository)/manifests/\(reference)" }
    private var references: [String] { ["latest", manifest.digest] }

    @Test(arguments: ["GET", "HEAD"])
    func `says what it is, by tag and by digest`(_ method: String) throws {
        for reference in references {
            let response = try client.request(method, target(reference))
            expect(response, 200)
            #expect(response.body == (method == "GET" ? manifest.content : []))
            #expect(response["Content-Length"] == "\(manifest.content.count)")
            #expect(response["Content-Type"] == manifest.mediaType)
            #expect(response["Docker-Content-Digest"] == manifest.digest)
            #expect(response["ETag"] == "\"\(manifest.digest)\"")
            #expect(response["X-Content-Type-Options"] == "nosniff")
        }
    }

    @Test func `a type that the client did not ask for is given all the same`() throws {
        let response = try client.get(target("latest"), [("Accept", MediaType.dockerList)])
        expect(response, 200)
        #expect(response["Content-Type"] == manifest.mediaType)
    }

    @Test(arguments: ["GET", "HEAD"])
    func `If-None-Match spares what the client has`(_ method: String) throws {
        let own = "\"\(manifest.digest)\""
        for reference in references {
            for value in [own, "W/\(own)", "\"x\",\(own)", "*"] {
                let response = try client.request(method, target(reference), [("If-None-Match", value)])
                expect(response, 304)
                #expect(response["ETag"] == own)
            }
            let other = try client.request(method, target(reference), [("If-None-Match", "\"sha256:x\"")])
            expect(other, 200)
        }
    }

    @Test(arguments: ["GET", "HEAD", "DELETE"])
    func `what is unknown is 404`(_ method: String) throws {
        for reference in ["unknown", sha256(randomBytes(8)), sha512(manifest.content)] {
            let response = try client.request(method, target(reference))
            expect(response, 404, method == "HEAD" ? nil : "MANIFEST_UNKNOWN")
        }
        let elsewhere = "/v2/\(uniqueRepository())/manifests/"
        for reference in references {
            let response = try client.request(method, elsewhere + reference)
            expect(response, 404, method == "HEAD" ? nil : "NAME_UNKNOWN")
        }
    }

    @Test(arguments: [
        "sha256:abc", "md5:d41d8cd98f00b204e9800998ecf8427e", "-tag", ".tag", "a%20b",
        String(repeating: "t", count: 129),
        "sha256:" + String(repeating: "A", count: 64), "t%C3%A4g",
    ])
    func `what is neither tag nor digest is refused`(_ reference: String) throws {
        // What cannot be a tag is one that is not there. What begins like a digest is a mistake.
        let status = reference.contains(":") ? 400 : 404
        for method in ["GET", "HEAD", "DELETE"] {
            expect(try client.request(method, target(reference)), status)
        }
        let response = try client.put(target(reference), [("Content-Type", manifest.mediaType)], body: manifest.content)
        expect(response, 400)
    }

    @Test func `a tag of 128 characters is a tag`() throws {
        let tag = "_" + String(repeating: "T", count: 127)
        try client.pushManifest(manifest, to: repository, as: tag)
        expectSame(try client.get(target(tag)).body, manifest.content)
    }

    // MARK: Deletion

    @Test func `deleting a tag leaves the manifest and its other tags`() throws {
        try client.pushManifest(manifest, to: repository, as: "other")
        expect(try client.delete(target("latest")), 202)
        expect(try client.get(target("latest")), 404, "MANIFEST_UNKNOWN")
        expectSame(try client.get(target("other")).body, manifest.content)
        expectSame(try client.get(target(manifest.digest)).body, manifest.content)
        expect(try client.delete(target("latest")), 404, "MANIFEST_UNKNOWN")
    }

    @Test func `deleting a manifest takes its tags with it, and no others`() throws {
        let other = try client.pushImage(to: repository, as: "other")
        try client.pushManifest(manifest, to: repository, as: "second")
        expect(try client.delete(target(manifest.digest)), 202)
        for reference in references + ["second"] {
            expect(try client.get(target(reference)), 404, "MANIFEST_UNKNOWN")
        }
        expectSame(try client.get(target("other")).body, other.content)
        let tags: TagList = try client.get("/v2/\(repository)/tags/list").decode()
        #expect(tags.tags == ["other"])
    }

    @Test func `a deleted manifest can be pushed again`() throws {
        expect(try client.delete(target(manifest.digest)), 202)
        try client.pushManifest(manifest, to: repository, as: "latest")
        expectSame(try client.get(target("latest")).body, manifest.content)
    }

    @Test func `a manifest is deleted from its repository alone`() throws {
        let other = uniqueRepository()
        let document: ManifestDocument = try client.get(target("latest")).decode()
        for blob in (document.layers ?? []) + (document.config.map { [$0] } ?? []) {
            expect(try client.post("/v2/\(other)/blobs/uploads/?mount=\(blob.digest)&from=\(repository)"), 201)
        }
        try client.pushManifest(manifest, to: other, as: "latest")
        expect(try client.delete(target(manifest.digest)), 202)
        expectSame(try client.get("/v2/\(other)/manifests/latest").body, manifest.content)
    }
}
