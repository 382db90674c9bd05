package import NIOCore

/// What came of a push of a manifest.
package struct PushedManifest: Sendable {
    package var digest: Digest
    package var subject: Digest?
    package var tags: [Tag]
}

extension Registry {
    /// The manifest that a tag or a digest names (OCI distribution specification, "Pulling manifests").
    package func manifest(_ reference: Reference, in repository: RepositoryName) async throws -> ManifestRecord {
        guard let manifest = try await metadata.manifest(reference, in: repository) else {
            throw try await unknown(
                .manifestUnknown, "manifest \(reference) is not known in \(repository)", in: repository)
        }
        return manifest
    }

    /// Stores a manifest exactly as it came ("Pushing Manifests"), under its digest, the tag or digest it was pushed to, and
    /// more `tags`. A tag and its manifest are one change.
    ///
    /// `contentType` is the media type it was pushed with, without parameters.
    package func putManifest(
        _ content: ByteBuffer,
        contentType: String?,
        as reference: Reference,
        tags: [Tag],
        in repository: RepositoryName
    ) async throws -> PushedManifest {
        let settings = settings
        guard content.readableBytes <= settings.manifestSize else {
            throw RegistryError(.manifestTooLarge, "the manifest is over the limit of \(settings.manifestSize) bytes")
        }
        var tags = tags
        var hasher: ContentHasher
        switch reference {
        case .tag(let tag):
            tags.insert(tag, at: 0)
            hasher = ContentHasher(.sha256)
        case .digest(let digest):
            hasher = ContentHasher(digest.algorithm)
        }
        hasher.update(content)
        let digest = hasher.digest
        if case .digest(let announced) = reference, announced != digest {
            throw RegistryError(.digestInvalid, "the manifest has digest \(digest), not \(announced)")
        }
        let manifest = try Manifest(content, contentType: contentType)
        let new = NewManifest(
            digest: digest,
            mediaType: manifest.mediaType,
            content: content,
            artifactType: manifest.artifactType,
            annotations: manifest.annotations,
            references: try await references(of: manifest, in: repository)
        )
        let missing = try await metadata.putManifest(
            new, tags: tags, in: repository, allowMissing: settings.allowMissingReferences, at: now())
        guard missing.isEmpty else {
            throw RegistryError(
                .manifestBlobUnknown, "the manifest refers to what \(repository) does not have",
                subjects: missing.map(\.description))
        }
        return PushedManifest(digest: digest, subject: manifest.subject, tags: tags)
    }

    /// Deletes a tag alone, or a manifest with every tag that points at it ("Deleting tags", "Deleting Manifests").
    package func deleteManifest(_ reference: Reference, in repository: RepositoryName) async throws {
        let found =
            switch reference {
            case .tag(let tag): try await metadata.deleteTag(tag, in: repository)
            case .digest(let digest): try await metadata.deleteManifest(digest, in: repository)
            }
        if !found {
            throw try await unknown(
                .manifestUnknown, "manifest \(reference) is not known in \(repository)", in: repository)
        }
    }

    private func references(of manifest: Manifest, in repository: RepositoryName) async throws -> [ManifestReference] {
        var found: [ManifestReference] = []
        var seen: Set<ManifestReference> = []
        func add(_ reference: ManifestReference) {
            if seen.insert(reference).inserted { found.append(reference) }
        }
        func digest(of descriptor: Manifest.Descriptor) throws -> Digest? {
            if let digest = Digest(descriptor.digest) { return digest }
            if !manifest.isKnown { return nil }
            throw Manifest.invalid("a descriptor has an invalid digest: \(descriptor.digest)")
        }
        for blob in (manifest.config.map { [$0] } ?? []) + manifest.blobs {
            guard let digest = try digest(of: blob) else { continue }
            add(ManifestReference(.blob, digest, required: manifest.isKnown && !blob.isForeign))
        }
        for child in manifest.children {
            guard let digest = try digest(of: child) else { continue }
            var kind = ManifestReference.Kind.manifest
            // Build caches list layers in an index. A type that is no manifest's may be a blob's or an unknown manifest's.
            if !Manifest.isManifest(child.mediaType), child.mediaType != nil,
                try await metadata.manifest(.digest(digest), in: repository) == nil
            {
                kind = .blob
            }
            add(ManifestReference(kind, digest, required: manifest.isKnown && !child.isForeign))
        }
        if let subject = manifest.subject {
            add(ManifestReference(.subject, subject, required: false))
        }
        return found
    }
}
