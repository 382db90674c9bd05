extension ModelClient {
    /// Repositories and tags are few, so that operations meet.
    private var tag: String { "v\(random.below(4))" }
    private var repository: String { repositories[random.below(repositories.count)] }
    private var blob: String { contents.digests[random.below(contents.digests.count)] }

    func act() throws {
        let name = repository
        switch random.below(25) {
        case 0...4: try pushImage(to: name, random.oneIn(4) ? nil : tag)
        case 5: try pushIndex(to: name, random.oneIn(4) ? nil : tag)
        case 6, 7: try pushArtifact(to: name, random.oneIn(4) ? tag : nil)
        case 8, 9: try tagAgain(name, tag)
        case 10: try pushBlob(blob, to: name)
        case 11: try mount(blob, from: random.oneIn(2) ? repository : nil, to: name)
        case 12: try beginUpload(of: blob, to: name)
        case 13, 14: try goOnWithUpload()
        case 15: try deleteTag(tag, in: name)
        case 16: try deleteManifest(in: name)
        case 17: try deleteBlob(blob, in: name)
        case 18: try listTags(in: name)
        case 19: try readTag(tag, in: name)
        case 20: try readBlob(blob, in: name)
        case 21: try readSomeManifest(in: name)
        case 22: try listSomeReferrers(in: name)
        default: try readImage(in: name, tag)
        }
    }

    // MARK: Deleting

    private func deleteTag(_ tag: String, in name: String) throws {
        try attempt(.deleteTag(tag, in: name)) { try $0.delete("/v2/\(name)/manifests/\(tag)").deletion() }
    }

    private func deleteManifest(in name: String) throws {
        // Sometimes one that is not there.
        guard let digest = random.oneIn(4) ? random.pick(manifests.keys) : random.pick(model.state[name].manifests.keys)
        else { return }
        try attempt(.deleteManifest(digest, in: name)) {
            try $0.delete("/v2/\(name)/manifests/\(digest)").deletion()
        }
    }

    private func deleteBlob(_ blob: String, in name: String) throws {
        try attempt(.deleteBlob(blob, in: name)) { try $0.delete("/v2/\(name)/blobs/\(blob)").deletion() }
    }

    // MARK: Reading

    private func readSomeManifest(in name: String) throws {
        guard let digest = random.pick(manifests.keys) else { return }
        try readManifest(digest, in: name)
    }

    /// Of something that may be gone, or may have been elsewhere only.
    private func listSomeReferrers(in name: String) throws {
        guard let digest = random.pick(manifests.keys) else { return }
        let type = random.oneIn(2) ? Self.artifactTypes[random.below(Self.artifactTypes.count)] : nil
        try listReferrers(of: digest, type: type, in: name)
    }

    /// A pull: the tag, its manifest, and all that it names; and what there is about it.
    private func readImage(in name: String, _ tag: String) throws {
        guard case .found(let digest) = try readTag(tag, in: name),
            let manifest = model.state[name].manifests[digest]
        else { return }
        for child in manifest.manifests.sorted() { try readManifest(child, in: name) }
        for blob in manifest.blobs.sorted() { try readBlob(blob, in: name) }
        try listReferrers(of: digest, type: nil, in: name)
    }
}

extension HTTPResponse {
    fileprivate func deletion() throws -> ModelAnswer {
        switch try unlessReadOnly().status {
        case 202: return .done
        case 404: return .unknown
        case 405: return .refused
        default: throw UnexpectedResponse(what: "neither deleted nor refused", response: self)
        }
    }
}
