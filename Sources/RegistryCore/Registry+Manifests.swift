package import NIOCore

/// What came of a push of a manifest.
package struct PushedManifest: Sendable {
    package var digest: Digest
    package var subject: Digest?
}

extension Registry {
    /// The manifest that a tag or a digest names (OCI distribution specification, "Pulling manifests").
    package func manifest(_ reference: Reference, _ authorization: Authorization) async throws -> ManifestRecord {
        let repository = try authorization.repository(for: .pullManifest)
        guard let manifest = try await metadata.manifest(reference, in: repository) else {
            throw try await unknown(
                .manifestUnknown, "manifest \(reference) is not known in \(repository)", in: repository)
        }
        return manifest
    }

    /// Stores a manifest exactly as it came ("Pushing Manifests"), under its digest, the tag or digest it was pushed to, and
    /// more `tags`. A tag and its manifest are one change.
    ///
    /// `contentType` is the media type it was pushed with, without parameters. Throws `preconditionFailed`, with nothing stored,
    /// when what `reference` names does not hold `precondition`.
    package func putManifest(
        _ content: ByteBuffer,
        contentType: String?,
        as reference: Reference,
        tags: [Tag],
        expecting precondition: ManifestPrecondition? = nil,
        _ authorization: Authorization
    ) async throws -> PushedManifest {
        let repository = try authorization.repository(for: .pushManifest)
        let settings = settings
        guard content.readableBytes <= settings.manifestSize else {
            throw RegistryError(.manifestTooLarge, "the manifest is over the limit of \(settings.manifestSize) bytes")
        }
        var tags = tags
        if case .tag(let tag) = reference { tags.insert(tag, at: 0) }
        let new =
            if content.readableBytes > Self.smallManifest {
                try await elsewhere {
                    try await self.read(content, contentType: contentType, as: reference, in: repository)
                }
            } else {
                try await read(content, contentType: contentType, as: reference, in: repository)
            }
        try await confirm(authorization)
        let outcome = try await metadata.putManifest(
            new, as: reference, tags: tags, in: repository, allowMissing: settings.allowMissingReferences,
            expecting: precondition, at: now())
        switch outcome {
        case .stored:
            return PushedManifest(digest: new.digest, subject: new.references.first { $0.kind == .subject }?.digest)
        case .missing(let digests):
            throw RegistryError(
                .manifestBlobUnknown, "the manifest refers to what \(repository) does not have",
                subjects: digests.map(\.description))
        case .tooNested(let flaw):
            throw RegistryError(.manifestInvalid, flaw.message)
        case .preconditionFailed(let current):
            let found = current.map(\.description) ?? "nothing"
            throw RegistryError(
                .preconditionFailed, "\(reference) in \(repository) is \(found), which is not what was expected")
        }
    }

    /// Deletes a tag alone, or a manifest with every tag that points at it ("Deleting tags", "Deleting Manifests").
    package func deleteManifest(_ reference: Reference, _ authorization: Authorization) async throws {
        let repository = try authorization.repository(for: .deleteManifest)
        let found =
            switch reference {
            case .tag(let tag): try await metadata.deleteTag(tag, in: repository)
            case .digest(let digest): try await metadata.deleteManifest(digest, in: repository)
            }
        if !found {
            throw try await unknown(
                .manifestUnknown, "manifest \(reference) is not known in \(repository)", in: repository)
        }
        let kind: AuditEvent.Kind = if case .tag = reference { .tagDeleted } else { .manifestDeleted }
        await record(kind, authorization, [("repository", "\(repository)"), ("reference", "\(reference)")])
    }

    /// What is not larger than this, in bytes, is read where it arrived. The largest take long enough to hold up others.
    private static let smallManifest = 64 << 10

    private func read(
        _ content: ByteBuffer,
        contentType: String?,
        as reference: Reference,
        in repository: RepositoryName
    ) async throws -> NewManifest {
        var announced: Digest?
        if case .digest(let digest) = reference { announced = digest }
        var hasher = ContentHasher(announced?.algorithm ?? .sha256)
        hasher.update(content)
        let digest = hasher.digest
        if let announced, announced != digest {
            throw RegistryError(.digestInvalid, "the manifest has digest \(digest), not \(announced)")
        }
        let manifest = try Manifest(content, contentType: contentType)
        let references = try await manifest.references { try await metadata.hasManifest($0, in: repository) }
        return NewManifest(manifest, digest, content, references)
    }
}
