import Testing

/// `GET /v2/<name>/referrers/<digest>` (OCI distribution specification, "Listing Referrers").
struct ReferrersTests {
    let client: Client
    let repository = uniqueRepository()
    let config = Array("{}".utf8)
    let subject: Manifest

    init() throws {
        client = Client(try Server.shared())
        subject = try client.pushImage(to: repository, as: "latest")
    }

    private func artifact(_ artifactType: String? = nil, _ annotations: [String: String]? = nil) -> Manifest {
        .image(
            config: config, layers: [], subject: subject.descriptor, artifactType: artifactType,
            annotations: annotations ?? ["random": hex(randomBytes(8))])
    }

    /// One page: the response, and the descriptors in it.
    private func list(_ query: String = "", of digest: String? = nil) throws -> (HTTPResponse, [Descriptor]) {
        try page("/v2/\(repository)/referrers/\(digest ?? subject.digest)\(query)")
    }

    private func page(_ target: String) throws -> (HTTPResponse, [Descriptor]) {
        let response = try client.get(target)
        expect(response, 200)
        #expect(response["Content-Type"] == MediaType.index)
        let index: ManifestDocument = try response.decode()
        #expect(index.schemaVersion == 2)
        #expect(index.mediaType == MediaType.index)
        return (response, try #require(index.manifests))
    }

    private func all(_ query: String = "") throws -> [Descriptor] {
        var (response, found) = try list(query)
        while let next = response.nextPage {
            let (following, more) = try page(next)
            #expect(!more.isEmpty)
            #expect(following.body.count <= 4 << 20, "clients read no more than 4 MiB of a manifest")
            found += more
            response = following
        }
        return found
    }

    @Test func `what refers to a manifest is listed with its type and annotations`() throws {
        let annotations = ["org.example.a": "b", "quote\"\\": "ünïcode \u{1}"]
        let typed = artifact("application/vnd.example.sbom", annotations)
        try client.pushManifest(typed, to: repository)
        let (_, found) = try list()
        let descriptor = try #require(found.first)
        #expect(found.count == 1)
        #expect(descriptor.digest == typed.digest)
        #expect(descriptor.size == typed.content.count)
        #expect(descriptor.mediaType == MediaType.image)
        #expect(descriptor.artifactType == "application/vnd.example.sbom")
        #expect(descriptor.annotations == annotations)
    }

    @Test func `without an artifact type it is the config's media type`() throws {
        let untyped = Manifest.image(
            config: config, configType: "application/vnd.example.config", layers: [], subject: subject.descriptor)
        try client.pushManifest(untyped, to: repository)
        #expect(try list().1.map(\.artifactType) == ["application/vnd.example.config"])
    }

    @Test func `an index without an artifact type has none`() throws {
        let plain = Manifest.index([subject], subject: subject.descriptor)
        let typed = Manifest.index([subject], subject: subject.descriptor, artifactType: "application/vnd.example.x")
        for manifest in [plain, typed] {
            let response = try client.putManifest(manifest, to: repository)
            expect(response, 201)
            #expect(response["OCI-Subject"] == subject.digest)
        }
        let found = try list().1
        #expect(found.first { $0.digest == plain.digest }.map { $0.artifactType == nil } == true)
        #expect(found.first { $0.digest == typed.digest }?.artifactType == "application/vnd.example.x")
        #expect(found.allSatisfy { $0.mediaType == MediaType.index })
    }

    @Test func `a filter is applied, and said to be`() throws {
        let wanted = artifact("application/vnd.example.a+json")
        try client.pushManifest(wanted, to: repository)
        try client.pushManifest(artifact("application/vnd.example.b"), to: repository)
        for type in ["application/vnd.example.a%2Bjson", "application%2Fvnd.example.a%2bjson"] {
            let (response, found) = try list("?artifactType=\(type)")
            #expect(found.map(\.digest) == [wanted.digest])
            #expect(response["OCI-Filters-Applied"] == "artifactType")
        }
        let (response, none) = try list("?artifactType=application/vnd.example.none")
        #expect(none.isEmpty)
        #expect(response["OCI-Filters-Applied"] == "artifactType")
        #expect(try list().0["OCI-Filters-Applied"] == nil)
    }

    @Test func `the subject may come after what refers to it`() throws {
        let late = Manifest.image(config: config, layers: [], annotations: ["random": hex(randomBytes(8))])
        let early = Manifest.image(config: config, layers: [], subject: late.descriptor)
        try client.pushManifest(early, to: repository)
        #expect(try list(of: late.digest).1.map(\.digest) == [early.digest])
        try client.pushManifest(late, to: repository, as: "late")
        #expect(try list(of: late.digest).1.map(\.digest) == [early.digest])
    }

    @Test func `what is deleted is listed no more, and its subject's deletion leaves it`() throws {
        let first = artifact()
        let second = artifact()
        for manifest in [first, second] { try client.pushManifest(manifest, to: repository) }
        expect(try client.delete("/v2/\(repository)/manifests/\(first.digest)"), 202)
        #expect(try list().1.map(\.digest) == [second.digest])
        expect(try client.delete("/v2/\(repository)/manifests/\(subject.digest)"), 202)
        #expect(try list().1.map(\.digest) == [second.digest])
    }

    @Test func `images that were pushed with the fallback tag are listed once`() throws {
        let referrer = artifact("application/vnd.example.sbom")
        try client.pushManifest(referrer, to: repository)
        let tag = subject.digest.replacing(":", with: "-")
        let fallback = Manifest.index([referrer])
        try client.pushManifest(fallback, to: repository, as: tag)
        #expect(try list().1.map(\.digest) == [referrer.digest])
        // The tag stays what it is: a tag.
        expectSame(try client.get("/v2/\(repository)/manifests/\(tag)").body, fallback.content)
    }

    @Test func `referrers of another repository are not listed`() throws {
        let other = uniqueRepository()
        try client.pushBlob(config, to: other)
        try client.pushManifest(artifact(), to: other)
        #expect(try list().1.isEmpty)
    }

    @Test func `where nothing refers, and where nothing is, the list is empty`() throws {
        #expect(try list().1.isEmpty)
        #expect(try list(of: sha256(randomBytes(8))).1.isEmpty)
        #expect(try list(of: sha512(randomBytes(8))).1.isEmpty)
        #expect(try page("/v2/\(uniqueRepository())/referrers/\(subject.digest)").1.isEmpty)
    }

    @Test(arguments: ["sha256:abc", "latest", "md5:d41d8cd98f00b204e9800998ecf8427e"])
    func `what is no digest is refused`(_ digest: String) throws {
        expect(try client.get("/v2/\(repository)/referrers/\(digest)"), 400, "DIGEST_INVALID")
    }

    @Test func `referrers of a SHA-512 subject`() throws {
        var descriptor = subject.descriptor
        descriptor.digest = sha512(subject.content)
        let manifest = Manifest.image(config: config, layers: [], subject: descriptor)
        try client.pushManifest(manifest, to: repository)
        #expect(try list(of: descriptor.digest).1.map(\.digest) == [manifest.digest])
        #expect(try list().1.isEmpty)
    }

    @Test func `more than fits a manifest comes in pages`() throws {
        // Twelve of 400 kB: clients read at most 4 MiB of an index.
        let large = (0..<12).map { index in
            artifact(
                index % 2 == 0 ? "a/even" : "a/odd",
                ["filling": hex([UInt8(index)]) + String(repeating: "x", count: 400_000)])
        }
        for manifest in large { try client.pushManifest(manifest, to: repository) }
        let (first, _) = try list()
        #expect(first.nextPage != nil)
        #expect(first.body.count <= 4 << 20)
        let found = try all()
        #expect(found.count == 12)
        #expect(Set(found.map(\.digest)) == Set(large.map(\.digest)))
        // The filter holds on every page.
        let even = try all("?artifactType=a/even")
        #expect(Set(even.map(\.digest)) == Set(large.indices.filter { $0 % 2 == 0 }.map { large[$0].digest }))
    }

    @Test func `many small ones are listed each once, in pages or not`() throws {
        let server = try Server.shared()
        let manifests = (0..<1200).map { _ in artifact() }
        let repository = repository
        for result in concurrently(
            4,
            { thread in
                let client = Client(server)
                for index in stride(from: thread, to: manifests.count, by: 4) {
                    try client.pushManifest(manifests[index], to: repository)
                }
            })
        { try result.get() }
        let found = try all().map(\.digest)
        #expect(found.count == manifests.count)
        #expect(Set(found) == Set(manifests.map(\.digest)))
    }
}
