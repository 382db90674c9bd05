extension ModelClient {
    static let artifactTypes = ["application/vnd.example.signature", "application/vnd.example.bill"]

    /// How often a push begins again when its blobs were collected before their manifest came.
    private static let tries = 20

    /// An image of a few blobs.
    func pushImage(to name: String, _ tag: String?) throws { try pushWithBlobs(image(), to: name, tag) }

    /// Something about a manifest that is there; rarely about one that is not.
    func pushArtifact(to name: String, _ tag: String?) throws {
        guard let subject = subject(in: name) else { return }
        var artifact = image()
        artifact.subject = subject
        artifact.artifactType = Self.artifactTypes[random.below(Self.artifactTypes.count)]
        try pushWithBlobs(artifact, to: name, tag)
    }

    /// Of some of the manifests that are there; rarely of one that is not.
    func pushIndex(to name: String, _ tag: String?) throws {
        var children = model.state[name].manifests.keys.sorted().shuffled(using: &random).prefix(1 + random.below(3))
        if random.oneIn(6), let other = random.pick(manifests.keys), !children.contains(other) {
            children.append(other)
        }
        guard !children.isEmpty else { return }
        let index = ManifestDocument(
            mediaType: MediaType.index, manifests: children.compactMap { manifests[$0]?.descriptor },
            subject: random.oneIn(4) ? subject(in: name) : nil)
        try push(index, to: name, tag)
    }

    /// Points a tag at what is there already.
    func tagAgain(_ name: String, _ tag: String) throws {
        guard let digest = random.pick(model.state[name].manifests.keys), let manifest = manifests[digest],
            let entry = model.state[name].manifests[digest]
        else { return }
        // Its blobs are there; the manifests of an index may not be.
        try push(manifest, entry, to: name, tag)
    }

    // MARK: How

    private func image() -> ManifestDocument {
        func blob(_ mediaType: String) -> Descriptor {
            contents.descriptor(contents.digests[random.below(contents.digests.count)], mediaType)
        }
        // Of the same blobs there may be several images.
        return ManifestDocument(
            mediaType: MediaType.image, config: blob(MediaType.config),
            layers: (0...random.below(3)).map { _ in blob(MediaType.layer) },
            annotations: ["variant": "\(random.below(3))"])
    }

    private func subject(in name: String) -> Descriptor? {
        let digests = random.oneIn(4) ? random.pick(manifests.keys) : random.pick(model.state[name].manifests.keys)
        return digests.flatMap { manifests[$0]?.descriptor }
    }

    /// As a client pushes: first what the manifest needs, and again what is gone until it comes.
    private func pushWithBlobs(_ document: ManifestDocument, to name: String, _ tag: String?) throws {
        var lacking = ModelManifest("", document).blobs
        for _ in 0..<Self.tries {
            for blob in lacking.sorted() { try pushBlob(blob, to: name) }
            guard case .missing(let missing) = try push(document, to: name, tag) else { return }
            lacking = missing
        }
        // Bad luck, which a registry that collects at once may bring.
    }

    @discardableResult
    private func push(_ document: ManifestDocument, to name: String, _ tag: String?) throws -> ModelAnswer? {
        let manifest = Manifest(document)
        return try push(manifest, ModelManifest(manifest.digest, document), to: name, tag)
    }

    @discardableResult
    private func push(
        _ manifest: Manifest, _ entry: ModelManifest, to name: String, _ tag: String?
    ) throws -> ModelAnswer? {
        manifests[entry.digest] = manifest
        return try attempt(.pushManifest(entry, to: name, tag: tag)) { client in
            let response = try client.putManifest(manifest, to: name, as: tag).unlessReadOnly()
            if response.status == 201, response["OCI-Subject"] == entry.subject { return .done }
            let missing = response.errors.filter { $0.code == "MANIFEST_BLOB_UNKNOWN" }.map(\.detail)
            guard response.status == 404 || response.status == 400, !missing.isEmpty else {
                throw UnexpectedResponse(what: "neither taken nor refused", response: response)
            }
            return .missing(Set(missing))
        }
    }
}
