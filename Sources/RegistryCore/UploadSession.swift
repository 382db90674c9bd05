/// What an upload is between two requests: this row, and what its checkpoint says of the storage. Nothing in memory.
package struct UploadSession: Sendable, Hashable {
    package var id: UploadID
    package var repository: RepositoryName
    /// Who opened it, and may go on with it; nil: somebody without a name.
    package var owner: UserName?
    /// The backend that its bytes go to: the one that was active when it began.
    package var backend: String
    /// What its bytes are hashed with as they come.
    package var algorithm: Digest.Algorithm
    /// The digest that the client announced; nil: not yet.
    package var digest: Digest?
    /// How far the storage is; nil: nothing was sent yet.
    package var checkpoint: UploadCheckpoint?
    /// The hash over the bytes before the checkpoint's offset (``ContentHasher/saved``). Empty at offset 0.
    package var hashState: [UInt8]
    /// The hash over the bytes before the checkpoint's fallback. Empty where that is 0, or not known.
    package var fallbackHash: [UInt8]
    /// Raised by every change; a change made to an older epoch is refused, so of two requests one wins.
    package var epoch: Int64
    package var created: Timestamp
    /// When a request last did something with it. It expires some time after this.
    package var touched: Timestamp

    package init(
        id: UploadID,
        repository: RepositoryName,
        owner: UserName? = nil,
        backend: String,
        algorithm: Digest.Algorithm,
        digest: Digest? = nil,
        checkpoint: UploadCheckpoint? = nil,
        hashState: [UInt8] = [],
        fallbackHash: [UInt8] = [],
        epoch: Int64 = 0,
        created: Timestamp,
        touched: Timestamp
    ) {
        self.id = id
        self.repository = repository
        self.owner = owner
        self.backend = backend
        self.algorithm = algorithm
        self.digest = digest
        self.checkpoint = checkpoint
        self.hashState = hashState
        self.fallbackHash = fallbackHash
        self.epoch = epoch
        self.created = created
        self.touched = touched
    }

    /// The digest that the object's key has, if a crash came between the end of the upload in its storage and the end of this row:
    /// the announced one, or that of the bytes so far. Most uploads end where their last PATCH did, and need no row for their digest.
    var probableDigest: Digest? { digest ?? ContentHasher(saved: hashState)?.digest }

    /// Bytes received and safe.
    package var offset: Int64 { checkpoint?.offset ?? 0 }
}
