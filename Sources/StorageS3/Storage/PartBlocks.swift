import NIOCore
import RegistryCore

/// The blocks of memory that parts are gathered in, used again by the next.
///
/// They are so large that the allocator takes them from the system and gives them back there: smaller ones stay with the thread
/// that had asked for them, and others, whose turn at the budget is next, would ask for as many again. Taking them anew each
/// time would cost a page fault every 4 KiB, a third of what a push costs.
final class PartBlocks: Sendable {
    /// Bytes.
    static let size = 4 << 20

    private let idle = Mutex<[ByteBuffer]>([])

    /// An empty one.
    func take() -> ByteBuffer {
        guard var block = idle.withLock({ $0.popLast() }) else {
            return ByteBufferAllocator().buffer(capacity: Self.size)
        }
        // Makes new memory if somebody still reads from it.
        block.clear()
        return block
    }

    /// Those among `buffers` that came from here and nobody needs any more.
    func put(_ buffers: [ByteBuffer]) {
        let blocks = buffers.filter { $0.capacity == Self.size }
        if !blocks.isEmpty { idle.withLock { $0 += blocks } }
    }

    var idleCount: Int { idle.withLock { $0.count } }

    /// Gives idle ones back to the system, but for `bytes`.
    func trim(to bytes: Int) {
        // Freed outside of the lock.
        var extra: [ByteBuffer] = []
        idle.withLock { idle in
            while idle.count > bytes / Self.size, let block = idle.popLast() { extra.append(block) }
        }
    }
}
