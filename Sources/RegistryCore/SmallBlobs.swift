internal import NIOCore

/// The bytes of small blobs that were pulled lately: what images are described by, which every pull of them asks for.
///
/// They were verified when they were read, and a digest's content never changes, so they cannot be wrong. Whether a blob is
/// there, and who may have it, is asked of the database each time.
final class SmallBlobs: Sendable {
    /// Of a blob, in bytes.
    static let largest: Int64 = 16 << 10
    /// Of all together. Starts anew when there are more.
    private static let capacity = 4 << 20

    private struct Content {
        var bytes: [Digest: ByteBuffer] = [:]
        var size = 0
    }
    private let content = Mutex(Content())

    /// nil: not known, or not to be had any more, as no good copy of it is.
    subscript(blob: BlobRecord, range: Range<Int64>) -> ByteBuffer? {
        guard blob.size <= Self.largest, !blob.isDamaged else { return nil }
        return content.withLock { $0.bytes[blob.digest] }?.getSlice(at: Int(range.lowerBound), length: range.count)
    }

    /// - Parameter digest: of these bytes.
    func insert(_ bytes: ByteBuffer, _ digest: Digest) {
        // On its own, from its first byte: a part of something larger would keep all of that.
        var own = ByteBufferAllocator().buffer(capacity: bytes.readableBytes)
        own.writeImmutableBuffer(bytes)
        content.withLock { [own] content in
            if content.size + bytes.readableBytes > Self.capacity { content = Content() }
            if content.bytes.updateValue(own, forKey: digest) == nil { content.size += bytes.readableBytes }
        }
    }
}
