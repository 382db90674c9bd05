/// What taking over another registry's storage writes.
///
/// A part of ``MetadataStore``: see there for what its calls promise.
package protocol AdoptionStore: Sendable {
    /// Makes blobs known that lie in somebody else's files on `backend`, and readable in `repository`, which is created if need be
    /// (public, as any other). One that is stored already, wherever, is used as it is. With `owning` the objects are ours from now
    /// on, also those that were adopted before.
    ///
    /// - Returns: how many were not known before.
    func adoptBlobs(
        _ blobs: [AdoptedBlob],
        on backend: String,
        into repository: RepositoryName,
        owning: Bool,
        at time: Timestamp
    ) async throws -> Int

    /// Creates the repository, a public one, if there is none.
    func adoptRepository(_ name: RepositoryName, at time: Timestamp) async throws

    /// The digest that a tag points at; nil: there is no such tag.
    func tagged(_ tag: Tag, in repository: RepositoryName) async throws -> Digest?
}

/// A blob in an adopted registry's storage.
package struct AdoptedBlob: Sendable, Hashable {
    package var digest: Digest
    package var object: StoredObject

    package init(digest: Digest, object: StoredObject) {
        self.digest = digest
        self.object = object
    }
}
