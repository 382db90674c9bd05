public import NIOCore

/// Where blobs live: a local disk, an S3 bucket, memory. A storage driver implements this.
///
/// It is not a file system. It takes uploads that can stop and go on, reads ranges, deletes and lists; it renames and copies
/// nothing. Names, repositories, digests and who may read what are the metadata store's; the storage sees keys and bytes.
///
/// What a storage keeps of an upload between two calls is in the ``UploadCheckpoint`` it gave out and in its own files or
/// objects, never in memory: the process may be killed at any moment, and going on after that is the ordinary path.
///
/// Calls run on their caller, which is often a network event loop: whatever may block belongs on a thread of the storage's own.
public protocol BlobStorage: Sendable {
    var limits: StorageLimits { get }

    /// Which one it is, among all storages. Objects that the database does not know are only removed by themselves where that is
    /// known. nil, unless a storage says otherwise: it has no such mark. nil also as long as it could not be read.
    var installation: StorageInstallation? { get }

    /// Begins an upload at offset 0. Whatever an earlier attempt under the same id left is replaced.
    func upload(_ plan: UploadPlan) async throws -> any BlobUpload

    /// Goes on with an upload at the checkpoint's offset; what was appended after the checkpoint is dropped.
    ///
    /// Throws ``StorageError/Code/checkpointLost`` when the bytes before the offset are not there any more.
    func resume(_ plan: UploadPlan, from checkpoint: UploadCheckpoint) async throws -> any BlobUpload

    /// Where an upload can go on whose checkpoint is lost: at that checkpoint's ``UploadCheckpoint/fallback``. nil, unless
    /// a storage says otherwise: at the beginning only.
    func fallBack(_ plan: UploadPlan, from checkpoint: UploadCheckpoint) async throws -> UploadCheckpoint?

    /// Removes whatever an upload left behind, committed or not, known by its plan and last checkpoint (nil: there was
    /// none). There is no live upload with that id. Nothing there is not an error.
    func discard(_ plan: UploadPlan, _ checkpoint: UploadCheckpoint?) async throws

    /// The bytes of `range` (half-open, within `0..<object.size`; may be empty) of a committed object.
    ///
    /// Throws ``StorageError/Code/objectMissing`` when the object is not there, before any byte is handed out.
    func read(_ object: StoredObject, _ range: Range<Int64>) async throws -> BlobContent

    /// Where clients are to fetch a committed object by themselves; need not look whether it is there. nil, unless a storage
    /// says otherwise: the registry reads it for them.
    func url(_ object: StoredObject) async throws -> ObjectURL?

    /// Deletes objects; one that is not there counts as deleted. What could not be deleted is in the answer, with why.
    func delete(_ keys: [ObjectKey]) async -> [ObjectKey: any Error]

    /// All committed objects in ascending order of their keys, beginning after `after` (nil: at the first).
    func objects(after: ObjectKey?) -> any AsyncSequence<StoredObject, any Error> & Sendable

    /// What somebody else's program keeps in the same folder or bucket below `path` (a key that begins with a slash), at any
    /// depth, in any order: for `registryd adopt`. None when there is nothing there.
    ///
    /// Throws ``StorageError/Code/failed`` unless a storage says otherwise: one that only registryd uses has nothing to adopt.
    func foreignObjects(below path: ObjectKey) -> any AsyncSequence<StoredObject, any Error> & Sendable

    /// The uploads of which it still keeps something beside committed objects, live ones too, in any order: what a crash left
    /// without anybody knowing of it is found by this. An upload that begins or ends meanwhile may be there or not.
    ///
    /// None unless a storage says otherwise: one that keeps nothing on its own needs not.
    func unfinished() -> any AsyncSequence<UploadID, any Error> & Sendable

    /// Returns when the storage can serve, throws why it cannot. Cheap: asks for one known key, never lists.
    func ready() async throws

    /// Tries what the storage stands on, one thing after another, and says what works, for `registryd doctor`. Leaves nothing
    /// behind, also when its task is cancelled, and disturbs no server that uses the storage meanwhile.
    ///
    /// By default ``ready()`` alone.
    func diagnose() async -> [Finding]
}

extension BlobStorage {
    public func unfinished() -> any AsyncSequence<UploadID, any Error> & Sendable {
        AsyncThrowingStream { $0.finish() }
    }

    public func foreignObjects(below path: ObjectKey) -> any AsyncSequence<StoredObject, any Error> & Sendable {
        AsyncThrowingStream {
            $0.finish(throwing: StorageError(.failed, "this kind of storage holds no other registry's files"))
        }
    }

    public func url(_ object: StoredObject) async throws -> ObjectURL? { nil }

    public func fallBack(_ plan: UploadPlan, from checkpoint: UploadCheckpoint) async throws -> UploadCheckpoint? {
        nil
    }
}

/// One upload while a request is feeding it. It belongs to that request, and ends with it.
public protocol BlobUpload: AnyObject {
    /// Each checkpoint's ``UploadCheckpoint/fallback`` is a multiple of so many bytes. nil, unless a storage says
    /// otherwise: it is always 0.
    var partLength: Int64? { get }

    /// Whether ``ended(part:)`` is of use. No, unless a storage says otherwise.
    var hashesParts: Bool { get }

    /// Takes the next bytes; returns when there is room for more (back-pressure). A failure of an earlier append may show here,
    /// in ``checkpoint()`` or in ``commit(as:)``; after a failure the upload only answers ``abort()``.
    func append(_ bytes: ByteBuffer) async throws

    /// What was appended until now ends a part (a multiple of ``partLength``), which has this SHA-256. Told of parts that one
    /// request brings, where the processor makes it cheap beside the blob's own hash; not of any others.
    func ended(part digest: Digest)

    /// Makes what was appended survive a crash, and says how to go on from here.
    func checkpoint() async throws -> UploadCheckpoint

    /// Turns the upload into an object that survives power loss, without copying or reading it again. The caller has verified
    /// that the bytes have this digest. The upload is over, whether this throws or not.
    ///
    /// The object gets the plan's key if the plan has this digest; otherwise one that holds the digest, or the plan's.
    func commit(as digest: Digest) async throws -> StoredObject

    /// Drops the upload and everything it stored. The upload is over.
    func abort() async throws
}

extension BlobUpload {
    public var partLength: Int64? { nil }
    public var hashesParts: Bool { false }
    public func ended(part digest: Digest) {}
}

/// What is known of an upload before its bytes come.
public struct UploadPlan: Sendable, Hashable {
    public var id: UploadID
    /// The key the object is to have. Unique to this upload and never used again; it may change as long as the digest is unknown.
    public var key: ObjectKey
    /// The blob's length in bytes, when the client announced it.
    public var length: Int64?
    /// The blob's digest, when the client announced it, or where it is about what the upload may have been committed as before a
    /// crash. Not verified yet.
    public var digest: Digest?

    public init(id: UploadID, length: Int64? = nil, digest: Digest? = nil) {
        self.id = id
        self.key = ObjectKey(digest, id)
        self.length = length
        self.digest = digest
    }
}

/// Where an upload stands: how far it is, and what its storage needs to go on.
public struct UploadCheckpoint: Sendable, Hashable {
    /// Bytes that survive; the next byte to append has this offset.
    public var offset: Int64
    /// The storage's own notes, opaque to everyone else. Versioned by the storage, as old ones are read by new releases.
    public var state: [UInt8]
    /// Bytes that survive even the loss of what the storage keeps on this machine; at most `offset`.
    public var fallback: Int64

    public init(offset: Int64, state: [UInt8] = [], fallback: Int64 = 0) {
        self.offset = offset
        self.state = state
        self.fallback = fallback
    }
}

/// An object as the storage knows it.
public struct StoredObject: Sendable, Hashable {
    public var key: ObjectKey
    /// Bytes.
    public var size: Int64

    public init(key: ObjectKey, size: Int64) {
        self.key = key
        self.size = size
    }
}

/// What a storage can do.
public struct StorageLimits: Sendable, Hashable {
    /// The largest object it takes, in bytes; nil: no limit of its own.
    public var largestObject: Int64?
    /// Chunks of at least this many bytes suit it best (told to clients as OCI-Chunk-Min-Length); nil: any size is as good.
    public var preferredChunk: Int64?
    /// How long clients may use a ``BlobStorage/url(_:)`` that it gave out; nil: it gives out none.
    public var urlLifetime: Duration?

    public init(largestObject: Int64? = nil, preferredChunk: Int64? = nil, urlLifetime: Duration? = nil) {
        self.largestObject = largestObject
        self.preferredChunk = preferredChunk
        self.urlLifetime = urlLifetime
    }
}

/// The name of an object in its storage: components of letters, digits, `.` and `-`, with single slashes between them.
///
///     sha256/9f/9f86d081….4c2f0e7a-…   digest known: its algorithm, its first two digits, the digest, the upload's id
///     unnamed/4c/4c2f0e7a-…            digest not known when the first byte was sent
///     backups/20261123T093000Z.4c2f0e7a-…   a snapshot of the registry's database: when it was made, its upload's id
///     /docker/registry/v2/blobs/…/data an adopted registry's object: its path from the storage's root, behind a slash
///
/// The upload's id makes it unique, so a key's content never changes, and deleting an old copy of a blob cannot hit a new one.
/// No key is a prefix of another up to a slash.
public struct ObjectKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }

    /// It names what somebody else's program put into the storage's folder or bucket: it is read, and never written.
    public var isForeign: Bool { description.utf8.first == UInt8(ascii: "/") }

    init(_ digest: Digest?, _ id: UploadID) {
        if let digest {
            self.init("\(digest.algorithm.rawValue)/\(digest.hex.prefix(2))/\(digest.hex).\(id)")
        } else {
            self.init("unnamed/\(id.description.prefix(2))/\(id)")
        }
    }

    public static func < (a: ObjectKey, b: ObjectKey) -> Bool {
        // Bytes, as every storage sorts; Swift's own order is by Unicode, the same for these characters.
        a.description < b.description
    }
}
