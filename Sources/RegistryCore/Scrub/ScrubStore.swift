/// What is damaged, and how far the search for it is.
///
/// A part of ``MetadataStore``: see there for what its calls promise. An object that is known to be damaged is not read, and
/// counts nowhere as a copy of its blob: a push or a copy to the same backend takes its place.
package protocol ScrubStore: Sendable {
    /// Up to `limit` blobs of a backend, in ascending order of their digests' texts, the first after `after`.
    func blobs(
        on backend: String,
        after: Digest?,
        limit: Int
    ) async throws -> [(blob: BlobOnBackend, isDamaged: Bool)]

    func countBlobs(on backend: String) async throws -> BlobCount

    // MARK: Damage

    /// Notes that an object is not what its blob ought to be, and why. False: it is not the blob's any more.
    func noteDamage(
        _ reason: String, of blob: Digest, at location: BlobLocation, at time: Timestamp
    ) async throws -> Bool

    /// The object is what it ought to be. False: nobody thought otherwise.
    func forgetDamage(of blob: Digest, at location: BlobLocation) async throws -> Bool

    /// Up to `limit` damaged objects of a backend, in ascending order of their digests' texts, the first after `after`.
    func damages(on backend: String, after: Digest?, limit: Int) async throws -> [BlobDamage]

    /// How many there are on each backend that has any.
    func countDamages() async throws -> [String: Int]

    // MARK: Progress

    /// Writes down how far a backend's scrub is: one row for each backend.
    func saveScrub(_ progress: ScrubProgress) async throws

    /// In order of the backends.
    func scrubs() async throws -> [ScrubProgress]
}

/// An object that is known not to be what was stored.
package struct BlobDamage: Sendable, Hashable {
    package var blob: BlobOnBackend
    package var backend: String
    package var reason: String
    /// When it was found.
    package var since: Timestamp

    package init(blob: BlobOnBackend, backend: String, reason: String, since: Timestamp) {
        self.blob = blob
        self.backend = backend
        self.reason = reason
        self.since = since
    }
}

/// How far the scrub of a backend is, or was when it ended.
package struct ScrubProgress: Sendable, Hashable {
    package enum State: String, Sendable, Hashable {
        case running, finished, interrupted
    }

    package var backend: String
    package var state: State
    /// The digest up to which every blob was read, in the order of their texts; nil: none yet.
    package var position: Digest?
    /// What there was to read, as it was counted when it began; more may come while it runs.
    package var total: BlobCount
    /// Up to the position.
    package var checked: BlobCount
    /// Objects that were found damaged.
    package var damaged: Int
    /// Those of them that were replaced.
    package var repaired: Int
    package var started: Timestamp
    /// When this was written down.
    package var updated: Timestamp
    /// When last every blob of the backend had been read; nil: never.
    package var finished: Timestamp?

    package init(backend: String, total: BlobCount, started: Timestamp, finished: Timestamp? = nil) {
        self.backend = backend
        self.state = .running
        self.total = total
        self.checked = BlobCount()
        self.damaged = 0
        self.repaired = 0
        self.started = started
        self.updated = started
        self.finished = finished
    }
}
