import NIOCore

/// Bytes in memory on their way to a part.
///
/// They are copied into blocks that they fill, out of buffers that the next read may then use again. A buffer that was read into
/// is as large as the largest read, and is seldom full: kept, it would hold memory that nobody has counted.
struct Gathering {
    /// Bytes for which no large block is taken.
    private static let small = 64 << 10

    private(set) var buffers: [ByteBuffer] = []
    private(set) var count = 0
    private let blocks: PartBlocks

    init(_ blocks: PartBlocks) { self.blocks = blocks }

    /// - Parameter isPassing: They go to a file soon, and are worth no large block.
    mutating func append(_ bytes: ByteBuffer, isPassing: Bool = false) {
        count += bytes.readableBytes
        var rest = bytes
        while rest.readableBytes > 0 {
            if (buffers.last?.writableBytes ?? 0) == 0 { open(isPassing) }
            let room = min(buffers[buffers.count - 1].writableBytes, rest.readableBytes)
            guard let slice = rest.readSlice(length: room) else { return }
            buffers[buffers.count - 1].writeImmutableBuffer(slice)
        }
    }

    mutating func take() -> [ByteBuffer] {
        defer { self = Gathering(blocks) }
        return buffers
    }

    private mutating func open(_ isPassing: Bool) {
        // The first ones of a small blob do not cost much more than it has.
        let isSmall = isPassing || count <= Self.small
        buffers.append(isSmall ? ByteBufferAllocator().buffer(capacity: max(4 << 10, count)) : blocks.take())
    }
}
