package import NIOCore

/// Everything that is not a blob's bytes: repositories, manifests, tags, which repository has which blob and where its bytes
/// are, what refers to what, upload sessions. The only source of truth for names.
///
/// Its calls are operations of the registry, each one transaction: all of it happens, or nothing. When a call that changes
/// something returns, the change survives power loss, but for upload sessions, which survive the death of the process.
///
/// Reads answer without suspending where the store can (an embedded database), so that a request that needs nothing else is
/// answered where it arrived.
///
/// Throws ``MetadataError``.
package protocol MetadataStore: AccessStore, MigrationStore, AdoptionStore, GarbageStore, BackupStore, ScrubStore,
    InstallationStore
{
    // MARK: Reading

    /// The manifest that `reference` names in `repository`; nil: the repository or the manifest is unknown.
    func manifest(_ reference: Reference, in repository: RepositoryName) async throws -> ManifestRecord?

    func hasManifest(_ digest: Digest, in repository: RepositoryName) async throws -> Bool

    /// The blob, if it was pushed to or mounted in `repository`.
    func blob(_ digest: Digest, in repository: RepositoryName) async throws -> BlobRecord?

    /// Whether any repository's blob with this digest is stored.
    func hasBlob(_ digest: Digest) async throws -> Bool

    /// Whether a stored blob's bytes are in this object.
    func hasObject(_ key: ObjectKey, on backend: String) async throws -> Bool

    func hasRepository(_ name: RepositoryName) async throws -> Bool

    /// Up to `limit` tags in ascending order of their bytes, the first after `after`; nil: the repository is unknown.
    func tags(in repository: RepositoryName, after: String?, limit: Int) async throws -> [Tag]?

    /// Up to `limit` of the repositories that `filter` lets through, in ascending order of their names' bytes, the first after
    /// `after`.
    func repositories(_ filter: RepositoryFilter, after: String?, limit: Int) async throws -> [RepositoryName]

    /// Up to `limit` of the repositories that have a blob and that `filter` lets through, in any order. Where thousands have it
    /// that it does not let through, others may be missed.
    func repositories(
        having digest: Digest,
        _ filter: RepositoryFilter,
        limit: Int
    ) async throws -> [RepositoryName]

    /// Up to `limit` manifests in `repository` whose subject is `subject`, in ascending order of their digests, the first
    /// after `after`; only those of `artifactType` when it is given. An unknown repository has none.
    ///
    /// A page ends before the referrer with which their ``Referrer/listedSize(annotations:)`` would come to more than `bytes`,
    /// but not before the first.
    func referrers(
        of subject: Digest,
        in repository: RepositoryName,
        artifactType: String?,
        after: Digest?,
        limit: Int,
        bytes: Int
    ) async throws -> Page<Referrer>

    // MARK: Manifests and tags

    /// Stores a manifest and points `tags` at it, creating the repository if need be; but only if what `reference` names holds
    /// `precondition`, only if the repository has what the manifest requires, or `allowMissing`, and only within the bounds of
    /// ``IndexNesting``.
    func putManifest(
        _ manifest: NewManifest,
        as reference: Reference,
        tags: [Tag],
        in repository: RepositoryName,
        allowMissing: Bool,
        expecting precondition: ManifestPrecondition?,
        at time: Timestamp
    ) async throws -> ManifestCommit

    /// False: there was no such tag. The manifest stays.
    func deleteTag(_ tag: Tag, in repository: RepositoryName) async throws -> Bool

    /// Deletes a manifest and the tags that point at it. False: there was no such manifest.
    func deleteManifest(_ digest: Digest, in repository: RepositoryName) async throws -> Bool

    // MARK: Blobs

    /// Makes a blob that `source` has readable in `repository` too, creating it if need be.
    /// - Returns: the blob's size in bytes; nil: the source does not have it.
    func mountBlob(
        _ digest: Digest,
        from source: RepositoryName,
        into repository: RepositoryName,
        at time: Timestamp
    ) async throws -> Int64?

    /// Takes a blob out of a repository. Its bytes stay until garbage collection finds that no manifest needs it.
    func unlinkBlob(_ digest: Digest, in repository: RepositoryName) async throws -> BlobUnlinking

    // MARK: Upload sessions

    /// Inserts the row of a new session. False: its owner has `limit` of them already; nothing was changed. No limit when that
    /// is nil, or nobody owns it.
    func createUpload(_ session: UploadSession, limit: Int?) async throws -> Bool

    func upload(_ id: UploadID) async throws -> UploadSession?

    /// Writes what changes while a session is open, and raises its epoch by one, if the stored epoch is still `session.epoch`.
    /// - Returns: false: the session is gone, or somebody else changed it meanwhile. Nothing was changed.
    func saveUpload(_ session: UploadSession) async throws -> Bool

    /// Deletes the session's row, if the stored epoch is still `session.epoch`. False: nothing was changed.
    func endUpload(_ session: UploadSession) async throws -> Bool

    /// Up to `limit` sessions that nobody has touched since `time`, in the order of their ids; the first after `last`.
    func idleUploads(since time: Timestamp, after last: UploadSession?, limit: Int) async throws -> [UploadSession]

    /// Ends a session with its blob: deletes the session's row (if its epoch is still `session.epoch`), makes the blob known,
    /// and readable in the session's repository, creating it if need be.
    ///
    /// `object` is where the bytes are; nil: nowhere new, because a blob with this digest is thought to be stored already.
    func commitBlob(
        _ digest: Digest,
        at object: StoredObject?,
        on backend: String,
        closing session: UploadSession,
        at time: Timestamp
    ) async throws -> BlobCommit

    /// Releases what the store holds. Nothing is called afterwards.
    func close() async throws
}

package struct MetadataError: Error, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// No room on the disk.
        case full
        /// Locked by another process for too long, or not to be opened: trying again later may help.
        case unavailable
        /// Anything else: a damaged file, a schema from the future.
        case failed
    }

    package var code: Code
    package var message: String
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { cause.map { "\(message) (\($0))" } ?? message }
}

/// A point in time: milliseconds since 1970-01-01 00:00 UTC.
package struct Timestamp: Sendable, Hashable, Comparable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }
}

/// A stored manifest.
package struct ManifestRecord: Sendable, Hashable {
    package var digest: Digest
    package var mediaType: String
    /// The bytes exactly as they were pushed.
    package var content: ByteBuffer
    /// Of the repository that it was read in.
    package var visibility: Visibility

    package init(digest: Digest, mediaType: String, content: ByteBuffer, visibility: Visibility) {
        self.digest = digest
        self.mediaType = mediaType
        self.content = content
        self.visibility = visibility
    }
}

/// A manifest to store, with what it says.
package struct NewManifest: Sendable {
    package var digest: Digest
    package var mediaType: String
    package var content: ByteBuffer
    /// The artifact type that referrers show for it; nil: none.
    package var artifactType: String?
    /// Its annotations as a JSON object; nil: none.
    package var annotations: String?
    /// Everything it refers to, its subject too: each kind and digest once.
    package var references: [ManifestReference]

    package init(
        digest: Digest,
        mediaType: String,
        content: ByteBuffer,
        artifactType: String?,
        annotations: String?,
        references: [ManifestReference]
    ) {
        self.digest = digest
        self.mediaType = mediaType
        self.content = content
        self.artifactType = artifactType
        self.annotations = annotations
        self.references = references
    }
}

/// An edge of the reference graph: what a manifest needs or speaks of.
package struct ManifestReference: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        /// A blob: a config, a layer, an artifact's content.
        case blob
        /// A child of an index.
        case manifest
        /// What an artifact is about. Need not exist.
        case subject
    }

    package var kind: Kind
    package var digest: Digest
    /// Whether the manifest is refused while the repository does not have it (false for foreign layers and subjects).
    package var required: Bool

    package init(_ kind: Kind, _ digest: Digest, required: Bool) {
        self.kind = kind
        self.digest = digest
        self.required = required
    }
}

/// A row of the referrers list.
package struct Referrer: Sendable, Hashable {
    package var digest: Digest
    package var mediaType: String
    /// The manifest's size in bytes.
    package var size: Int64
    package var artifactType: String?
    /// A JSON object.
    package var annotations: String?

    package init(digest: Digest, mediaType: String, size: Int64, artifactType: String?, annotations: String?) {
        self.digest = digest
        self.mediaType = mediaType
        self.size = size
        self.artifactType = artifactType
        self.annotations = annotations
    }
}

extension Referrer {
    /// About how many bytes it takes in a list.
    package static func listedSize(annotations: Int) -> Int { 256 + annotations }
}

package enum BlobUnlinking: Sendable, Hashable {
    case unlinked
    /// The repository does not have the blob (or does not exist).
    case unknown
    /// This manifest in the repository needs it; nothing was changed.
    case needed(by: Digest)
}

package enum BlobCommit: Sendable, Hashable {
    /// The blob is at the object that was handed in.
    case stored
    /// A blob with this digest was stored already; it is used, and the object handed in is nobody's.
    case existed
    /// No object was handed in, and there is none. Nothing was changed.
    case missing
    /// The session is gone, or somebody else changed it. Nothing was changed.
    case conflict
}
