extension Registry {
    /// A blob of a repository (OCI distribution specification, "Pulling blobs").
    package func blob(_ digest: Digest, _ authorization: Authorization) async throws -> BlobRecord {
        let repository = try authorization.repository(for: .pullBlob)
        guard let blob = try await metadata.blob(digest, in: repository) else {
            throw try await unknown(.blobUnknown, "blob \(digest) is not known in \(repository)", in: repository)
        }
        touch(blob)
        return blob
    }

    /// Takes a blob out of a repository ("Deleting Blobs"). Refused while a manifest of the repository needs it.
    package func deleteBlob(_ digest: Digest, _ authorization: Authorization) async throws {
        let repository = try authorization.repository(for: .deleteBlob)
        switch try await metadata.unlinkBlob(digest, in: repository) {
        case .unlinked:
            await record(.blobDeleted, authorization, [("repository", "\(repository)"), ("digest", "\(digest)")])
        case .unknown:
            throw try await unknown(.blobUnknown, "blob \(digest) is not known in \(repository)", in: repository)
        case .needed(let manifest):
            throw RegistryError(
                .blobNeeded, "blob \(digest) is needed by manifest \(manifest) in \(repository); delete that first")
        }
    }

    /// The error for something that a repository does not have: that it lacks it, or that there is no such repository.
    func unknown(
        _ code: RegistryError.Code,
        _ message: String,
        in repository: RepositoryName
    ) async throws -> RegistryError {
        try await metadata.hasRepository(repository)
            ? RegistryError(code, message)
            : Self.unknown(repository)
    }

    func record(
        _ kind: AuditEvent.Kind,
        _ authorization: Authorization,
        _ details: [(name: String, value: String)]
    ) async {
        let caller = authorization.caller
        await audit.record(
            AuditEvent(kind, actor: caller.user?.description, origin: caller.address, details))
    }
}
