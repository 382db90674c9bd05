import NIOCore

/// Large buffers that are used again once whoever got them has let go: fresh ones cost a page fault for every 4 KiB.
struct BufferPool {
    /// What stays behind when nothing goes on, until it is trimmed.
    private static let most = 16

    private let size: Int
    private var used = CircularBuffer<ByteBuffer>()

    /// `size`: bytes of one buffer.
    init(size: Int) { self.size = size }

    /// An empty buffer with room for `count` bytes, at most one's size.
    mutating func take(_ count: Int) -> ByteBuffer {
        guard count > size / 2 else { return ByteBufferAllocator().buffer(capacity: max(count, 1)) }
        guard var buffer = used.popFirst() else { return ByteBufferAllocator().buffer(capacity: size) }
        // Makes new memory unless nobody else has this one any more.
        buffer.clear()
        return buffer
    }

    /// `buffer` is handed out. It is kept beside: writing to it would copy it from now on.
    mutating func watch(_ buffer: ByteBuffer) {
        if buffer.capacity == size && used.count < Self.most { used.append(buffer) }
    }

    mutating func trim() { used = [] }
}
