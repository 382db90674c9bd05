import NIOCore

/// What one request does to an upload, as decisions alone: which bytes it may bring, what is hashed, what the row says
/// afterwards, how it ends. It reads nothing and writes nothing; `Registry+Uploads.swift` carries out what it decides.
///
///     open ── (receive ── hash*)* ── checkpointed      (PATCH)
///          └─ (receive ── hash*)* ── close             (PUT, and POST with a digest)
struct UploadMachine {
    /// The row, as it is to be after what happened so far.
    private(set) var session: UploadSession
    private var hasher: PartwiseHasher
    /// Whether what a crash leaves in the storage is found by the row as it stands, ``UploadSession/probableDigest``.
    let isNamed: Bool
    /// The hashes at the ends of parts since the last checkpoint: where a part ends, the storage may fall back to.
    private var marks: [Int64: ContentHasher] = [:]
    /// Bytes of the blob so far, those of this request included.
    private(set) var received: Int64
    /// Where this request's bytes must end, as it announced; nil: it did not.
    private let end: Int64?
    /// Whether the blob is complete after it.
    private let isLast: Bool
    /// The largest blob; nil: no limit.
    private let limit: Int64?

    /// What a request says of the bytes it brings.
    struct Chunk {
        /// Content-Range: the first and the last byte's offset in the blob.
        var range: ClosedRange<Int64>?
        /// Content-Length.
        var length: Int64?
    }

    /// How the storage is to begin.
    enum Opening {
        case begin(UploadPlan)
        case resume(UploadPlan, UploadCheckpoint)
    }

    /// Begins a request. `digest`: it is the last one, and the blob is to have this digest.
    ///
    /// Throws `chunkOutOfOrder`, `sizeInvalid`, `blobTooLarge`; `failed` when the saved hash is not ours.
    init(_ session: UploadSession, _ chunk: Chunk, closingAs digest: Digest? = nil, limit: Int64) throws {
        self.session = session
        self.limit = limit > 0 ? limit : nil
        isLast = digest != nil
        received = session.offset
        if let length = chunk.length, length < 0 {
            throw RegistryError(.sizeInvalid, "Content-Length is \(length)")
        }
        if let range = chunk.range {
            guard range.lowerBound == received else {
                throw RegistryError(
                    .chunkOutOfOrder, "the chunk begins at \(range.lowerBound), the session is at \(received)",
                    offset: received)
            }
            let end = try Self.sum(range.upperBound, 1)
            if let length = chunk.length, length != end - received {
                throw RegistryError(
                    .sizeInvalid, "Content-Length is \(length), Content-Range covers \(end - received) bytes")
            }
            self.end = end
        } else {
            end = try chunk.length.map { try Self.sum(session.offset, $0) }
        }
        if let end, let limit = self.limit, end > limit {
            throw Self.tooLarge(limit)
        }
        if received == 0 {
            // Nothing is hashed yet, so the hash may follow whatever the client turns out to want.
            hasher = PartwiseHasher(ContentHasher(digest?.algorithm ?? session.algorithm))
        } else if let saved = ContentHasher(saved: session.hashState) {
            hasher = PartwiseHasher(saved, at: received)
        } else {
            throw RegistryError(.failed, "upload session \(session.id) has a hash state that this release cannot read")
        }
        // What is not hashed with the digest's algorithm is not going to be stored under it (``name(_:)``).
        if let digest, digest.algorithm == hasher.blob.algorithm { self.session.digest = digest }
        isNamed = self.session.digest == session.digest || self.session.digest == session.probableDigest
    }

    /// The row must say so before the storage is opened: what a crash leaves is found by it.
    func opening() -> Opening {
        let plan = UploadPlan(id: session.id, length: isLast ? end : nil, digest: session.digest)
        return session.checkpoint.map { .resume(plan, $0) } ?? .begin(plan)
    }

    /// The storage is open.
    mutating func opened(_ upload: any BlobUpload) {
        hasher.feed(upload)
    }

    /// The next bytes have come, for ``hash(_:)``. Throws when there are more than were announced or allowed.
    mutating func receive(_ bytes: ByteBuffer) throws {
        received += Int64(bytes.readableBytes)
        if let end, received > end {
            throw RegistryError(.sizeInvalid, "more bytes than Content-Range covers")
        }
        if let limit, received > limit { throw Self.tooLarge(limit) }
    }

    /// Hashes the first of what was received: it is to be appended. nil: there is no more.
    mutating func hash(_ bytes: inout ByteBuffer) -> PartwiseHasher.Piece? {
        if hasher.isBetweenParts, hasher.offset > 0 { marks[hasher.offset] = hasher.blob }
        return hasher.next(of: &bytes)
    }

    /// After the last byte: throws when there were fewer than announced.
    func endOfBody() throws {
        if let end, received != end {
            throw RegistryError(.sizeInvalid, "\(end - received) bytes fewer than announced")
        }
    }

    /// The storage has made everything received so far safe.
    mutating func checkpointed(_ checkpoint: UploadCheckpoint, at time: Timestamp) throws {
        guard checkpoint.offset == received, received == hasher.offset else {
            throw RegistryError(
                .failed, "the storage is at \(checkpoint.offset) and the hash at \(hasher.offset) of \(received)")
        }
        let fallback = checkpoint.fallback
        if let mark = marks[fallback] {
            session.fallbackHash = mark.saved
        } else if fallback == 0 || fallback != session.checkpoint?.fallback {
            session.fallbackHash = []
        }
        marks = marks.filter { $0.key > fallback }
        session.checkpoint = checkpoint
        session.hashState = hasher.blob.saved
        session.touched = time
    }

    /// The storage has lost bytes, and can go on from `checkpoint`. False: the hash there is not known.
    mutating func fallBack(to checkpoint: UploadCheckpoint?, at time: Timestamp) -> Bool {
        guard let checkpoint, checkpoint.offset > 0, checkpoint.offset == session.checkpoint?.fallback,
            ContentHasher(saved: session.fallbackHash) != nil
        else { return false }
        session.checkpoint = checkpoint
        session.hashState = session.fallbackHash
        session.touched = time
        return true
    }

    /// The storage has nothing any more.
    mutating func startAgain(at time: Timestamp) {
        session.checkpoint = nil
        session.hashState = []
        session.fallbackHash = []
        session.touched = time
    }

    enum Closing {
        /// The bytes have the announced digest.
        case verified
        /// They have this one instead.
        case mismatch(Digest)
        /// They were hashed with another algorithm than the digest's, and have this one: they must be read once.
        case unhashed(Digest)
    }

    /// Whether the bytes have the digest that the client announced.
    func close(as digest: Digest) -> Closing {
        let actual = hasher.blob.digest
        guard actual.algorithm == digest.algorithm else { return .unhashed(actual) }
        return actual == digest ? .verified : .mismatch(actual)
    }

    /// The bytes are to be stored under this digest. False: the row says so already.
    mutating func name(_ digest: Digest) -> Bool {
        defer { session.digest = digest }
        return session.digest != digest
    }

    /// The metadata store has written the row, and raised its epoch.
    mutating func saved() {
        session.epoch += 1
    }

    private static func sum(_ offset: Int64, _ length: Int64) throws -> Int64 {
        let (end, overflow) = offset.addingReportingOverflow(length)
        guard !overflow else { throw RegistryError(.blobTooLarge, "no blob has 2^63 bytes") }
        return end
    }

    private static func tooLarge(_ limit: Int64) -> RegistryError {
        RegistryError(.blobTooLarge, "the blob is over the limit of \(limit) bytes")
    }
}
