/// What garbage collection reads and writes, and what tells why something is kept.
///
/// A part of ``MetadataStore``: see there for what its calls promise. Everything that can leave a blob or a manifest without
/// anybody who needs it notes that in its own transaction, so that what these calls cost depends on what may have to go.
package protocol GarbageStore: Sendable {
    // MARK: Blobs

    /// Looks at up to `limit` blobs that may be garbage, and deletes the rows of those that no manifest needs and that nobody has
    /// touched since `time`. What is ours of their bytes is to be removed (``MigrationStore/removals(on:limit:)``) when `due` of
    /// its backend has passed; what is somebody else's stays.
    ///
    /// A manifest needs a blob that it names where its repository has it. None were looked at: there is no more.
    func collectBlobs(
        touchedBefore time: Timestamp,
        limit: Int,
        due: @escaping @Sendable (_ backend: String) -> Timestamp
    ) async throws -> Looked<GarbageBlob>

    /// Up to `limit` of the blobs that ``collectBlobs(touchedBefore:limit:due:)`` would delete, the first after `place`.
    func garbageBlobs(
        touchedBefore time: Timestamp,
        after place: GarbagePlace?,
        limit: Int
    ) async throws -> [(blob: GarbageBlob, place: GarbagePlace)]

    /// Somebody asked for the blob, and may be about to use it. It may be gone already.
    func touchBlob(_ digest: Digest, at time: Timestamp) async throws

    // MARK: Manifests

    /// Writes down of up to `limit` manifests that no tag points at them, which has become so since somebody looked.
    ///
    /// - Returns: how many were looked at.
    func noteUntagged(at time: Timestamp, limit: Int) async throws -> Int

    /// Looks at up to `limit` manifests that were noted before `time`, and deletes those that nothing keeps: no tag points at them,
    /// no index of their repository lists them, and what they are about, if anything, is not there. What they kept themselves
    /// counts as noted when they were, or later if it was. None were looked at: there is no more.
    func collectManifests(untaggedBefore time: Timestamp, limit: Int) async throws -> Looked<GarbageManifest>

    /// Up to `limit` of the manifests that ``collectManifests(untaggedBefore:limit:)`` would delete, the first after `place`, but
    /// for what their going leaves untagged.
    func garbageManifests(
        untaggedBefore time: Timestamp,
        after place: GarbagePlace?,
        limit: Int
    ) async throws -> [(manifest: GarbageManifest, place: GarbagePlace)]

    // MARK: Objects

    /// Those of a backend's objects that no row speaks of: they are no blob's, no upload's, no copy's, and not to be removed.
    ///
    /// - Parameter page: in ascending order.
    func unknownObjects(among page: [ObjectKey], on backend: String) async throws -> [ObjectKey]

    /// Which of these objects are noted as orphans, and when they were first seen. The keys are in order.
    func notedOrphans(among page: [ObjectKey], on backend: String) async throws -> [ObjectKey: Timestamp]

    /// Remembers objects that no row speaks of, after another look. Those that were first seen before `limit` are to be removed
    /// when `due` has passed.
    ///
    /// - Returns: how many are to be removed.
    func noteOrphans(
        _ keys: [ObjectKey],
        on backend: String,
        at time: Timestamp,
        seenBefore limit: Timestamp,
        due: Timestamp
    ) async throws -> Int

    // MARK: Why

    /// nil: there is no such blob.
    func blobStanding(_ digest: Digest) async throws -> BlobStanding?

    /// Up to `limit` manifests that need a blob, in any order.
    func manifests(needing blob: Digest, limit: Int) async throws -> [ManifestPlace]

    /// Up to `limit` repositories that have this manifest.
    func repositories(havingManifest digest: Digest, limit: Int) async throws -> [RepositoryName]

    /// Up to `limit` tags that point at a manifest.
    func tags(of manifest: ManifestPlace, limit: Int) async throws -> [Tag]

    /// Up to `limit` manifests of the same repository that list this one.
    func indexes(listing manifest: ManifestPlace, limit: Int) async throws -> [Digest]

    /// The manifest that this one is about, if the repository has it.
    func storedSubject(of manifest: ManifestPlace) async throws -> Digest?
}

/// What came of a batch.
package struct Looked<Element: Sendable>: Sendable {
    /// How many were looked at.
    package var count = 0
    package var removed: [Element] = []

    package init() {}
}

package struct GarbageBlob: Sendable, Hashable {
    package var digest: Digest
    /// Bytes.
    package var size: Int64
    package var touched: Timestamp

    package init(digest: Digest, size: Int64, touched: Timestamp) {
        self.digest = digest
        self.size = size
        self.touched = touched
    }
}

package struct GarbageManifest: Sendable, Hashable {
    package var repository: RepositoryName
    package var digest: Digest
    /// When it was noted that it is untagged: somewhat later than it became so.
    package var since: Timestamp

    package init(repository: RepositoryName, digest: Digest, since: Timestamp) {
        self.repository = repository
        self.digest = digest
        self.since = since
    }
}

/// Where to go on in a list of garbage.
package struct GarbagePlace: Sendable, Hashable {
    package var since: Int64
    package var id: Int64

    package init(since: Int64, id: Int64) {
        self.since = since
        self.id = id
    }
}

/// What is known of a blob, wherever it is.
package struct BlobStanding: Sendable, Hashable {
    /// Bytes.
    package var size: Int64
    package var touched: Timestamp
    /// How many have it.
    package var repositories: Int

    package init(size: Int64, touched: Timestamp, repositories: Int) {
        self.size = size
        self.touched = touched
        self.repositories = repositories
    }
}

/// A manifest in a repository.
package struct ManifestPlace: Sendable, Hashable {
    package var repository: RepositoryName
    package var digest: Digest

    package init(repository: RepositoryName, digest: Digest) {
        self.repository = repository
        self.digest = digest
    }
}
