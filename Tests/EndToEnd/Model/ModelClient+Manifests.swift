extension ModelClient {
    /// How often a push begins again when its blobs were collected before their manifest came.
    private static let tries = 20

    /// An image of a few blobs, as a client pushes it: first what it needs, and again what is gone until then.
    func pushImage(to name: String, _ tag: String?) throws {
        let blobs = (0..<random.below(3) + 2).map { _ in contents.digests[random.below(contents.digests.count)] }
        // Of the same blobs there may be several images.
        let manifest = Manifest.image(
            config: contents[blobs[0]], layers: blobs[1...].map { contents[$0] },
            annotations: ["variant": "\(random.below(3))"])
        var lacking = Set(blobs)
        for _ in 0..<Self.tries {
            for blob in lacking.sorted() { try pushBlob(blob, to: name) }
            let entry = ModelManifest(digest: manifest.digest, blobs: Set(blobs))
            guard case .missing(let missing) = try push(manifest, entry, to: name, tag) else { return }
            lacking = missing
        }
        // Bad luck, which a registry that collects at once may bring.
    }

    /// Of some of the manifests that are there; rarely of one that is not.
    func pushIndex(to name: String, _ tag: String) throws {
        var children = model.state[name].manifests.keys.sorted().shuffled(using: &random).prefix(1 + random.below(3))
        if random.oneIn(6), let other = random.pick(manifests.keys), !children.contains(other) {
            children.append(other)
        }
        guard !children.isEmpty else { return }
        let index = Manifest.index(children.compactMap { manifests[$0] })
        try push(index, ModelManifest(digest: index.digest, manifests: Set(children)), to: name, tag)
    }

    /// Points a tag at what is there already.
    func tagAgain(_ name: String, _ tag: String) throws {
        guard let digest = random.pick(model.state[name].manifests.keys), let manifest = manifests[digest],
            let entry = model.state[name].manifests[digest]
        else { return }
        // Its blobs are there; the manifests of an index may not be.
        try push(manifest, entry, to: name, tag)
    }

    @discardableResult
    private func push(
        _ manifest: Manifest, _ entry: ModelManifest, to name: String, _ tag: String?
    ) throws -> ModelAnswer? {
        manifests[entry.digest] = manifest
        return try attempt(.pushManifest(entry, to: name, tag: tag)) { client in
            let response = try client.putManifest(manifest, to: name, as: tag)
            if response.status == 201 { return .done }
            let missing = response.errors.filter { $0.code == "MANIFEST_BLOB_UNKNOWN" }.map(\.detail)
            guard response.status == 404 || response.status == 400, !missing.isEmpty else {
                throw UnexpectedResponse(what: "neither taken nor refused", response: response)
            }
            return .missing(Set(missing))
        }
    }
}
