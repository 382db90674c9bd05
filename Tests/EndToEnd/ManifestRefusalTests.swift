import Testing

/// Manifests that are not taken, and leave nothing behind.
struct ManifestRefusalTests {
    let client: Client
    let repository = uniqueRepository()
    let config = Array("{}".utf8)
    let layer = randomBytes(500)

    init() throws {
        client = Client(try Server.shared())
        try client.pushBlob(config, to: repository)
        try client.pushBlob(layer, to: repository)
    }

    private func expectRefused(_ manifest: Manifest, _ status: ClosedRange<Int>, _ code: String) throws {
        for reference in ["latest", manifest.digest] {
            expect(try client.putManifest(manifest, to: repository, as: reference), status, code)
            expect(try client.get("/v2/\(repository)/manifests/\(reference)"), 404, "MANIFEST_UNKNOWN")
        }
    }

    @Test(arguments: [
        "", " ", "no JSON", "{", "{\"schemaVersion\":2,}", "[]", "\"text\"", "7", "null", "{}{}", "\u{feff}no", "\u{0}",
    ])
    func `what is no JSON object is invalid`(_ text: String) throws {
        for type in [MediaType.image, MediaType.index, "application/vnd.example.thing+json"] {
            try expectRefused(Manifest(type, text), 400...400, "MANIFEST_INVALID")
        }
    }

    @Test func `bytes that are no text are invalid`() throws {
        try expectRefused(Manifest(MediaType.image, [0xff, 0xfe, 0x00, 0x80]), 400...400, "MANIFEST_INVALID")
    }

    @Test func `JSON nested without end is refused, and the server lives on`() throws {
        let text = "{\"a\":" + String(repeating: "[", count: 1_000_000)
        expect(
            try client.putManifest(Manifest(MediaType.image, text), to: repository, as: "deep"), 400, "MANIFEST_INVALID"
        )
        expect(try client.get("/v2/"), 200)
    }

    @Test(arguments: [
        "{}", "{\"schemaVersion\":2}", "{\"config\":{},\"layers\":[]}", "{\"config\":\"x\",\"layers\":[]}",
        "{\"config\":{\"mediaType\":\"a/b\",\"size\":1,\"digest\":\"sha256:short\"},\"layers\":[]}",
        "{\"config\":{\"mediaType\":\"a/b\",\"size\":1,\"digest\":5},\"layers\":{}}",
    ])
    func `an image without what images have is invalid`(_ text: String) throws {
        try expectRefused(Manifest(MediaType.image, text), 400...400, "MANIFEST_INVALID")
    }

    @Test(arguments: ["{}", "{\"manifests\":7}", "{\"manifests\":[{\"digest\":\"x\"}]}"])
    func `an index without what indexes have is invalid`(_ text: String) throws {
        try expectRefused(Manifest(MediaType.index, text), 400...400, "MANIFEST_INVALID")
    }

    @Test func `a mediaType other than the Content-Type is invalid`() throws {
        let image = Manifest.image(config: config, layers: [layer])
        for type in [MediaType.dockerImage, MediaType.index, "application/json"] {
            try expectRefused(Manifest(type, image.content), 400...400, "MANIFEST_INVALID")
        }
    }

    @Test func `a manifest that is not what its digest says is refused`() throws {
        let manifest = Manifest.image(config: config, layers: [layer])
        for digest in [sha256([1]), sha512([1])] {
            expect(try client.putManifest(manifest, to: repository, as: digest), 400, "DIGEST_INVALID")
            expect(try client.get("/v2/\(repository)/manifests/\(digest)"), 404, "MANIFEST_UNKNOWN")
        }
        expect(try client.get("/v2/\(repository)/manifests/\(manifest.digest)"), 404, "MANIFEST_UNKNOWN")
    }

    // The specification asks for the code alone; its registry of statuses for this has 400 and 404.
    @Test func `each blob that is missing is named`() throws {
        let missing = [randomBytes(5), randomBytes(6), randomBytes(7)]
        let manifest = Manifest.image(config: missing[0], layers: [layer, missing[1], missing[2], missing[1]])
        try expectRefused(manifest, 400...404, "MANIFEST_BLOB_UNKNOWN")
        let errors = try client.putManifest(manifest, to: repository, as: "latest").errors
        #expect(errors.count == 3)
        #expect(errors.allSatisfy { $0.code == "MANIFEST_BLOB_UNKNOWN" })
        for content in missing {
            let digest = sha256(content)
            #expect(errors.filter { $0.detail.contains(digest) }.count == 1, "\(digest) in \(errors)")
        }
    }

    @Test func `each manifest that is missing in an index is named`() throws {
        let present = Manifest.image(config: config, layers: [layer])
        try client.pushManifest(present, to: repository)
        let missing = [Manifest.image(layers: [[1]]), Manifest.image(layers: [[2]])]
        let index = Manifest.index([present] + missing)
        let response = try client.putManifest(index, to: repository, as: "latest")
        expect(response, 400...404, "MANIFEST_BLOB_UNKNOWN")
        #expect(response.errors.count == 2)
        for manifest in missing { #expect(response.text.contains(manifest.digest)) }
    }

    @Test func `a blob of another repository counts as missing`() throws {
        let other = uniqueRepository()
        let elsewhere = randomBytes(30)
        try client.pushBlob(elsewhere, to: other)
        let manifest = Manifest.image(config: config, layers: [elsewhere])
        try expectRefused(manifest, 400...404, "MANIFEST_BLOB_UNKNOWN")
        expect(try client.post("/v2/\(repository)/blobs/uploads/?mount=\(sha256(elsewhere))&from=\(other)"), 201)
        expect(try client.putManifest(manifest, to: repository, as: "latest"), 201)
    }

    @Test func `a manifest of another repository counts as missing`() throws {
        let child = try client.pushImage(to: uniqueRepository())
        try expectRefused(.index([child]), 400...404, "MANIFEST_BLOB_UNKNOWN")
    }

    @Test func `a refused manifest makes no repository`() throws {
        let repository = uniqueRepository()
        expect(try client.putManifest(.image(config: config, layers: [layer]), to: repository, as: "x"), 400...404)
        expect(try client.get("/v2/\(repository)/tags/list"), 404, "NAME_UNKNOWN")
    }

    @Test func `a manifest over the limit is 413, however it comes`() throws {
        let manifest = Manifest.image(
            config: config, layers: [layer], annotations: ["filling": String(repeating: "x", count: 4 << 20)])
        expect(try client.putManifest(manifest, to: repository, as: "large"), 413)

        let target = "/v2/\(repository)/manifests/large"
        let announced = try HTTPConnection(port: client.port)
        try announced.sendHead("PUT", target, [("Content-Type", MediaType.image), ("Content-Length", "1000000000000")])
        expect(try announced.readHead(), 413)

        let streamed = try HTTPConnection(port: client.port)
        try streamed.sendHead("PUT", target, [("Content-Type", MediaType.image), ("Transfer-Encoding", "chunked")])
        try? streamed.sendChunk(manifest.content)
        try? streamed.sendChunk([])
        expect(try streamed.readHead(), 413)
        expect(try client.get(target), 404, "MANIFEST_UNKNOWN")
    }

    @Test(arguments: ["-bad", "a/b", "", String(repeating: "t", count: 129)])
    func `a tag parameter that is no tag is refused`(_ tag: String) throws {
        let manifest = Manifest.image(config: config, layers: [layer])
        let response = try client.putManifest(manifest, to: repository, as: "\(manifest.digest)?tag=fine&tag=\(tag)")
        expect(response, 400)
        expect(try client.get("/v2/\(repository)/manifests/fine"), 404, "MANIFEST_UNKNOWN")
    }
}
