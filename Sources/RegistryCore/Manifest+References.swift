import NIOCore

extension Manifest {
    /// Everything it refers to, each kind and digest once; required if it is anywhere.
    ///
    /// - Parameter isManifest: Whether its repository has a manifest of that digest.
    func references(isManifest: (Digest) async throws -> Bool) async throws -> [ManifestReference] {
        struct Edge: Hashable {
            var kind: ManifestReference.Kind
            var digest: Digest
        }
        var found: [ManifestReference] = []
        var places: [Edge: Int] = [:]
        func add(_ kind: ManifestReference.Kind, _ digest: Digest, required: Bool) {
            let edge = Edge(kind: kind, digest: digest)
            if let place = places[edge] {
                if required { found[place].required = true }
            } else {
                places[edge] = found.count
                found.append(ManifestReference(kind, digest, required: required))
            }
        }
        func digest(of descriptor: Descriptor) throws -> Digest? {
            if let digest = Digest(descriptor.digest) { return digest }
            if !isKnown { return nil }
            throw Self.invalid("a descriptor has an invalid digest: \(Self.shown(descriptor.digest))")
        }
        for blob in (config.map { [$0] } ?? []) + blobs {
            guard let digest = try digest(of: blob) else { continue }
            add(.blob, digest, required: isKnown && !blob.isForeign)
        }
        for child in children {
            guard let digest = try digest(of: child) else { continue }
            var kind = ManifestReference.Kind.manifest
            // Build caches list layers in an index. A type that is no manifest's may be a blob's or an unknown manifest's.
            if !Self.isManifest(child.mediaType), child.mediaType != nil, try await !isManifest(digest) { kind = .blob }
            add(kind, digest, required: isKnown && !child.isForeign)
        }
        if let subject { add(.subject, subject, required: false) }
        return found
    }
}

extension NewManifest {
    init(_ manifest: Manifest, _ digest: Digest, _ content: ByteBuffer, _ references: [ManifestReference]) {
        self.init(
            digest: digest,
            mediaType: manifest.mediaType,
            content: content,
            artifactType: manifest.artifactType,
            annotations: manifest.annotations,
            references: references
        )
    }
}
