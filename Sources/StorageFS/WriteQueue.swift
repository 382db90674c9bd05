import NIOCore

/// Bytes that wait to be written together.
struct WriteQueue {
    private(set) var buffers: [ByteBuffer] = []
    private(set) var count = 0
    /// Whether the last buffer is ours to append to.
    private var isTailOurs = false

    /// Smaller buffers are copied together: a write takes few large ones faster than many small ones.
    private static let small = 16 << 10
    private static let largeTail = 128 << 10

    mutating func append(_ bytes: ByteBuffer) {
        let length = bytes.readableBytes
        guard length > 0 else { return }
        count += length
        // A slice holds on to all it was cut from: one byte out of each 256 KiB that were read would keep the 256 KiB.
        guard length < Self.small || length < bytes.storageCapacity / 4 else {
            buffers.append(bytes)
            isTailOurs = false
            return
        }
        if isTailOurs, buffers[buffers.count - 1].readableBytes < Self.largeTail {
            buffers[buffers.count - 1].writeImmutableBuffer(bytes)
        } else {
            var tail = ByteBufferAllocator().buffer(capacity: length)
            tail.writeImmutableBuffer(bytes)
            buffers.append(tail)
            isTailOurs = true
        }
    }

    /// Everything in it; it is empty afterwards.
    mutating func take() -> [ByteBuffer] {
        defer { self = WriteQueue() }
        return buffers
    }
}
