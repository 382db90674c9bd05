import NIOCore

/// Bytes in memory on their way to a part. Takes small pieces together, and lets none keep a large buffer alive.
struct Gathering {
    private static let block = 64 << 10

    private(set) var buffers: [ByteBuffer] = []
    private(set) var count = 0

    mutating func append(_ bytes: ByteBuffer) {
        count += bytes.readableBytes
        guard bytes.readableBytes < Self.block || bytes.readableBytes < bytes.storageCapacity / 2 else {
            buffers.append(bytes)
            return
        }
        var rest = bytes
        while rest.readableBytes > 0 {
            if (buffers.last?.writableBytes ?? 0) == 0 || !isOpen { open() }
            let room = min(buffers[buffers.count - 1].writableBytes, rest.readableBytes)
            guard let slice = rest.readSlice(length: room) else { return }
            buffers[buffers.count - 1].writeImmutableBuffer(slice)
        }
    }

    mutating func take() -> [ByteBuffer] {
        defer { self = Gathering() }
        return buffers
    }

    /// The last buffer is our own, and may be written to.
    private var isOpen: Bool { ours == buffers.count - 1 }
    private var ours = -1

    private mutating func open() {
        // The first ones of a small blob do not cost much more than it has.
        let size = buffers.isEmpty ? 4 << 10 : min(Self.block, max(4 << 10, count))
        buffers.append(ByteBufferAllocator().buffer(capacity: size))
        ours = buffers.count - 1
    }
}
