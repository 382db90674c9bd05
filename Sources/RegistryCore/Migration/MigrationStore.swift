/// Where blobs lie, and what changes that: copies from one backend to another, and the removal of what is left behind.
///
/// A part of ``MetadataStore``: see there for what its calls promise.
package protocol MigrationStore: Sendable {
    // MARK: Where blobs are

    /// Where a blob's bytes are, for whoever has been let in to it already; nowhere: it is not stored.
    func locations(of digest: Digest) async throws -> [BlobLocation]

    /// Up to `limit` blobs that `source` has and `target` lacks, in ascending order of their digests' texts, the first after
    /// `after`. With `onlyAdopted` only those whose object is somebody else's.
    func blobs(
        on source: String,
        lackingOn target: String,
        onlyAdopted: Bool,
        after: Digest?,
        limit: Int
    ) async throws -> [BlobOnBackend]

    /// What ``blobs(on:lackingOn:onlyAdopted:after:limit:)`` comes to altogether.
    func countBlobs(on source: String, lackingOn target: String, onlyAdopted: Bool) async throws -> BlobCount

    /// Up to `limit` blobs that both backends have, as they lie on `source`, each with its object on `target`, in ascending order
    /// of their digests' texts, the first after `after`.
    func blobs(
        onBoth source: String,
        and target: String,
        onlyAdopted: Bool,
        after: Digest?,
        limit: Int
    ) async throws -> [(source: BlobOnBackend, target: ObjectKey)]

    /// For each backend that rows name and that is not among `known`: how many blobs are there and on none of `known`.
    func blobsNeeding(backendsOtherThan known: [String]) async throws -> [String: Int]

    /// Sessions whose bytes go to `backend`.
    func countUploads(on backend: String) async throws -> Int

    // MARK: Copies

    /// Inserts the row of a copy, before its first byte goes out. It survives the death of the process, as sessions do.
    func beginCopy(_ copy: BlobCopy) async throws

    /// Prolongs the copy's life. False: it is gone, or was taken over.
    func touchCopy(_ id: UploadID, at time: Timestamp) async throws -> Bool

    func hasCopy(_ id: UploadID) async throws -> Bool

    /// Ends a copy with its object: deletes the copy's row, and makes the object one of the blob's locations.
    func commitCopy(_ copy: BlobCopy, at object: StoredObject) async throws -> CopyCommit

    /// Takes the copy from whoever may be making it, so that its bytes can go: it cannot be touched or committed any more. False:
    /// it is gone, or was touched since.
    func takeOverCopy(_ copy: BlobCopy) async throws -> Bool

    /// Deletes the copy's row. Nothing there is not an error.
    func endCopy(_ id: UploadID) async throws

    /// Up to `limit` copies that nobody has touched since `time`, in any order.
    func idleCopies(since time: Timestamp, limit: Int) async throws -> [BlobCopy]

    // MARK: Removal

    /// Takes a location from a blob that has another on `target`. What is ours of its bytes goes when `due` has passed; what is
    /// somebody else's stays. False: nothing was changed, as one of the two is not there any more.
    func forgetLocation(
        of blob: BlobOnBackend,
        on source: String,
        keeping target: String,
        due: Timestamp
    ) async throws -> Bool

    /// Up to `limit` objects whose rows are gone and whose bytes are to go, those due first at the beginning. nil: on any backend.
    func removals(on backend: String?, limit: Int) async throws -> [Removal]

    /// The bytes are gone.
    func endRemovals(_ removals: [Removal]) async throws

    // MARK: The server

    /// A server writes down which backends it has, when it begins and with every reload.
    func setServedBackends(_ names: [String]) async throws

    /// Those that the server has that runs, or that ran last; nil: none ever did.
    func servedBackends() async throws -> [String]?

    // MARK: Progress

    /// Writes down how far a migration is, for whoever asks: one row for each pair of backends.
    func saveMigration(_ progress: MigrationProgress) async throws

    /// In order of source and target.
    func migrations() async throws -> [MigrationProgress]
}

/// A blob as it lies on one backend.
package struct BlobOnBackend: Sendable, Hashable {
    package var digest: Digest
    /// Bytes.
    package var size: Int64
    package var key: ObjectKey
    /// False: the object is an adopted registry's, and stays what it is.
    package var isOwned: Bool

    package init(digest: Digest, size: Int64, key: ObjectKey, isOwned: Bool) {
        self.digest = digest
        self.size = size
        self.key = key
        self.isOwned = isOwned
    }

    package var object: StoredObject { StoredObject(key: key, size: size) }
}

package struct BlobCount: Sendable, Hashable {
    package var blobs: Int
    package var bytes: Int64

    package init(blobs: Int = 0, bytes: Int64 = 0) {
        self.blobs = blobs
        self.bytes = bytes
    }
}

/// A blob on its way to another backend. Its row is there for as long as something of it may be there without a location, so that
/// what a crash leaves is found and removed.
package struct BlobCopy: Sendable, Hashable {
    /// The plan's id on the target.
    package var id: UploadID
    /// The target.
    package var backend: String
    package var digest: Digest
    /// What the object is to be called.
    package var key: ObjectKey
    package var touched: Timestamp

    /// - Parameter key: nil: as any blob's object is called.
    package init(id: UploadID, backend: String, digest: Digest, key: ObjectKey? = nil, touched: Timestamp) {
        self.id = id
        self.backend = backend
        self.digest = digest
        self.key = key ?? UploadPlan(id: id, digest: digest).key
        self.touched = touched
    }

    /// What the target was told of it, but for its length.
    package var plan: UploadPlan {
        var plan = UploadPlan(id: id, digest: digest)
        plan.key = key
        return plan
    }
}

/// What came of a copy. An object that is nobody's is to be removed from then on (``MigrationStore/removals(on:limit:)``).
package enum CopyCommit: Sendable, Hashable {
    /// The object is one of the blob's.
    case stored
    /// The backend has the blob already; the object handed in is nobody's.
    case existed
    /// The copy or the blob is gone, or the copy was taken over; the object handed in is nobody's.
    case gone
}

/// An object that no row names any more, and whose bytes are to be deleted.
package struct Removal: Sendable, Hashable {
    package var backend: String
    package var key: ObjectKey
    /// Not before this: until then somebody may be reading it.
    package var due: Timestamp

    package init(backend: String, key: ObjectKey, due: Timestamp) {
        self.backend = backend
        self.key = key
        self.due = due
    }
}

/// How far a migration is, or was when it ended.
package struct MigrationProgress: Sendable, Hashable {
    package enum State: String, Sendable, Hashable {
        case running, finished, interrupted
    }

    package var source: String
    package var target: String
    package var state: State
    /// What there was to copy, as it was counted when it began; more may come while it runs.
    package var total: BlobCount
    package var copied: BlobCount
    /// Blobs that could not be copied.
    package var failed: Int
    package var started: Timestamp
    /// When this was written down.
    package var updated: Timestamp

    package init(source: String, target: String, total: BlobCount, started: Timestamp) {
        self.source = source
        self.target = target
        self.state = .running
        self.total = total
        self.copied = BlobCount()
        self.failed = 0
        self.started = started
        self.updated = started
    }
}
