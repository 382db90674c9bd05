import Testing

/// `PUT` of manifests of all kinds. What is refused is in `ManifestRefusalTests`.
struct ManifestPushTests {
    let client: Client
    let repository = uniqueRepository()
    let config = Array("{}".utf8)
    let layer = randomBytes(500)

    init() throws {
        client = Client(try Server.shared())
        try client.pushBlob(config, to: repository)
        try client.pushBlob(layer, to: repository)
    }

    private func target(_ reference: String) -> String { "/v2/\(repository)/manifests/\(reference)" }

    /// Pushes it under a tag, and expects it back by tag and by digest, byte for byte.
    private func expectRoundTrip(_ manifest: Manifest, servedAs type: String? = nil) throws {
        let pushed = try client.putManifest(manifest, to: repository, as: "latest")
        expect(pushed, 201)
        #expect(pushed["Docker-Content-Digest"] == manifest.digest)
        let location = try #require(pushed.location)
        for target in [target("latest"), target(manifest.digest), location] {
            let pulled = try client.get(target)
            expect(pulled, 200)
            expectSame(pulled.body, manifest.content)
            #expect(pulled["Content-Type"] == type ?? manifest.mediaType)
            #expect(pulled["Docker-Content-Digest"] == manifest.digest)
        }
    }

    @Test func `an OCI image`() throws {
        try expectRoundTrip(.image(config: config, layers: [layer]))
    }

    @Test func `an OCI image without layers`() throws {
        try expectRoundTrip(.image(config: config, layers: []))
    }

    @Test func `an OCI index, with another index in it`() throws {
        let image = Manifest.image(config: config, layers: [layer])
        try client.pushManifest(image, to: repository)
        let inner = Manifest.index([image])
        try client.pushManifest(inner, to: repository)
        try expectRoundTrip(.index([image, inner]))
    }

    @Test func `an empty index`() throws {
        try expectRoundTrip(.index([]))
    }

    @Test func `a Docker image and a manifest list`() throws {
        let image = Manifest(
            ManifestDocument(
                mediaType: MediaType.dockerImage, config: Descriptor(mediaType: MediaType.dockerConfig, of: config),
                layers: [Descriptor(mediaType: MediaType.dockerLayer, of: layer)]))
        try expectRoundTrip(image)
        try expectRoundTrip(
            Manifest(ManifestDocument(mediaType: MediaType.dockerList, manifests: [image.descriptor])))
    }

    @Test func `an OCI artifact manifest`() throws {
        try expectRoundTrip(
            Manifest(
                ManifestDocument(
                    mediaType: MediaType.artifact, artifactType: "application/vnd.example.sbom",
                    blobs: [Descriptor(mediaType: "application/json", of: config)])))
    }

    @Test func `a manifest of a type that nobody knows is kept as it comes`() throws {
        try expectRoundTrip(
            Manifest(
                "application/vnd.example.thing.v7+json", "{ \"layers\": \"are not what you think\",\n\t\"x\":1 }\n"))
    }

    @Test func `odd white space and unknown fields are kept`() throws {
        let text = String(decoding: Manifest.image(config: config, layers: [layer]).content, as: UTF8.self)
        let odd = " \n\t{\"future\":[1,{\"a\":null}],\r\n" + text.dropFirst() + "\n\n"
        try expectRoundTrip(Manifest(MediaType.image, odd))
    }

    @Test func `parameters of the Content-Type are ignored`() throws {
        let manifest = Manifest.image(config: config, layers: [layer])
        let type = "\(manifest.mediaType); charset=utf-8"
        let response = try client.put(target("latest"), [("Content-Type", type)], body: manifest.content)
        expect(response, 201)
        #expect(try client.get(target("latest"))["Content-Type"] == manifest.mediaType)
    }

    @Test func `a manifest without a mediaType of its own is what it was pushed as`() throws {
        let descriptor = Descriptor(mediaType: MediaType.config, of: config)
        let untyped = ManifestDocument(config: descriptor, layers: [Descriptor(mediaType: MediaType.layer, of: layer)])
        try expectRoundTrip(Manifest(MediaType.image, Manifest(untyped).content))
    }

    @Test func `a manifest pushed without a Content-Type is what it says itself`() throws {
        let manifest = Manifest.image(config: config, layers: [layer])
        expect(try client.put(target("latest"), body: manifest.content), 201)
        #expect(try client.get(target("latest"))["Content-Type"] == manifest.mediaType)
    }

    @Test func `by its digest, without a tag`() throws {
        let manifest = Manifest.image(config: config, layers: [layer])
        let response = try client.putManifest(manifest, to: repository)
        expect(response, 201)
        #expect(response["OCI-Tag"] == nil)
        expectSame(try client.get(target(manifest.digest)).body, manifest.content)
        let tags: TagList = try client.get("/v2/\(repository)/tags/list").decode()
        #expect(tags.tags.isEmpty)
    }

    @Test func `by its SHA-512`() throws {
        let manifest = Manifest.image(config: config, layers: [layer])
        let digest = sha512(manifest.content)
        let response = try client.putManifest(manifest, to: repository, as: digest)
        expect(response, 201)
        #expect(response["Docker-Content-Digest"] == digest)
        let pulled = try client.get(target(digest))
        expectSame(pulled.body, manifest.content)
        #expect(pulled["Docker-Content-Digest"] == digest)
    }

    @Test func `the same manifest may be pushed again`() throws {
        let manifest = Manifest.image(config: config, layers: [layer])
        try expectRoundTrip(manifest)
        try expectRoundTrip(manifest)
    }

    @Test func `a tag moves to the manifest pushed last`() throws {
        let first = Manifest.image(config: config, layers: [layer])
        let second = Manifest.image(config: config, layers: [])
        try client.pushManifest(first, to: repository, as: "moving")
        try client.pushManifest(second, to: repository, as: "moving")
        expectSame(try client.get(target("moving")).body, second.content)
        expectSame(try client.get(target(first.digest)).body, first.content)
    }

    @Test func `several tags at once, and OCI-Tag names each`() throws {
        let manifest = Manifest.image(config: config, layers: [layer])
        let tags = (1...12).map { "v1.\($0)" }
        let query = tags.map { "tag=\($0)" }.joined(separator: "&")
        let response = try client.putManifest(manifest, to: repository, as: "\(manifest.digest)?\(query)")
        expect(response, 201)
        let named = response.headers.all("OCI-Tag").flatMap { $0.split(separator: ",") }
        #expect(Set(named.map { $0.trimming(" ") }) == Set(tags))
        for tag in tags { #expect(try client.head(target(tag))["Docker-Content-Digest"] == manifest.digest) }
    }

    @Test func `a subject is acknowledged, though nobody has it`() throws {
        let subject = Descriptor(mediaType: MediaType.image, of: randomBytes(10))
        let response = try client.putManifest(.image(config: config, layers: [layer], subject: subject), to: repository)
        expect(response, 201)
        #expect(response["OCI-Subject"] == subject.digest)
    }

    @Test func `layers that are fetched from elsewhere need not be here`() throws {
        let url = ["https://example.com/layer"]
        func foreign(_ type: String) -> Descriptor {
            Descriptor(mediaType: type, digest: sha256(randomBytes(9)), size: 9, urls: url)
        }
        for (kind, configType, type) in [
            (MediaType.image, MediaType.config, MediaType.foreignLayer),
            (MediaType.dockerImage, MediaType.dockerConfig, MediaType.dockerForeignLayer),
        ] {
            try expectRoundTrip(
                Manifest(
                    ManifestDocument(
                        mediaType: kind, config: Descriptor(mediaType: configType, of: config),
                        layers: [foreign(type), Descriptor(mediaType: MediaType.layer, of: layer)])))
        }
    }

    @Test func `a manifest of four megabytes is taken`() throws {
        let filling = String(repeating: "x", count: 4_000_000)
        try expectRoundTrip(.image(config: config, layers: [layer], annotations: ["filling": filling]))
    }

    @Test func `sparse manifests are taken where the operator says so`() throws {
        let client = Client(try Server(settings: ["manifests.missing-references=allow"]))
        let missing = Manifest.image(config: randomBytes(5), layers: [randomBytes(5)])
        let index = Manifest.index([missing, .image(layers: [])])
        for manifest in [missing, index] {
            try client.pushManifest(manifest, to: repository, as: "sparse")
            expectSame(try client.get(target("sparse")).body, manifest.content)
        }
    }
}

struct TagList: Decodable {
    var name: String
    var tags: [String]
}

extension Substring {
    func trimming(_ character: Character) -> String {
        String(drop { $0 == character }.reversed().drop { $0 == character }.reversed())
    }
}
