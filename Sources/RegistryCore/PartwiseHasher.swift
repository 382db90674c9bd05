import NIOCore

/// Hashes a blob on its way into an upload, and beside it each of the parts that the upload is sent in, where that is wanted and
/// costs little.
struct PartwiseHasher {
    private(set) var blob: ContentHasher
    /// The next byte's offset in the blob.
    private(set) var offset: Int64
    /// The bytes of a part; nil: the storage has no parts.
    private var partLength: Int64?
    private var hashesParts = false
    /// The hash of the part that is being received; nil: it is not wanted, or its beginning came in an earlier request.
    private var part: ContentHasher?

    /// Bytes that are hashed, and want to be appended.
    struct Piece {
        var bytes: ByteBuffer
        /// The SHA-256 of the part that ends with them; nil: none does, or it is not known.
        var part: Digest?
    }

    init(_ blob: ContentHasher, at offset: Int64 = 0) {
        self.blob = blob
        self.offset = offset
    }

    /// What comes goes to this upload.
    mutating func feed(_ upload: any BlobUpload) {
        partLength = upload.partLength.flatMap { $0 > 0 ? $0 : nil }
        // Two at once is cheap where the blocks of both end at the same bytes.
        hashesParts =
            upload.hashesParts && ContentHasher.pairsAreCheap && blob.algorithm == .sha256
            && (partLength ?? 0) % 64 == 0
    }

    /// The next byte begins a part.
    var isBetweenParts: Bool { partLength.map { offset % $0 == 0 } ?? false }

    /// Hashes what `bytes` begins with, up to the end of a part; nil: it is empty.
    mutating func next(of bytes: inout ByteBuffer) -> Piece? {
        guard let partLength else { return piece(&bytes, bytes.readableBytes) }
        if isBetweenParts, hashesParts { part = ContentHasher(.sha256) }
        let room = partLength - offset % partLength
        guard var piece = piece(&bytes, Int(min(Int64(bytes.readableBytes), room))) else { return nil }
        if isBetweenParts {
            piece.part = part?.digest
            part = nil
        }
        return piece
    }

    private mutating func piece(_ bytes: inout ByteBuffer, _ count: Int) -> Piece? {
        guard count > 0, let bytes = bytes.readSlice(length: count) else { return nil }
        if var part {
            blob.update(bytes, and: &part)
            self.part = part
        } else {
            blob.update(bytes)
        }
        offset += Int64(count)
        return Piece(bytes: bytes)
    }
}

extension BlobUpload {
    func append(_ piece: PartwiseHasher.Piece) async throws {
        try await append(piece.bytes)
        if let part = piece.part { ended(part: part) }
    }
}
