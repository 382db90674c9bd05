import NIOCore
import Testing

@testable import StorageFS

struct WriteQueueTests {
    @Test(arguments: [1, 1000, 16_383, 16_384, 100_000])
    func `keeps bytes in order`(piece: Int) {
        var queue = WriteQueue()
        var expected = ByteBuffer()
        for value in 0..<200 {
            let next = bytes(piece, UInt8(value))
            expected.writeImmutableBuffer(next)
            queue.append(next)
        }
        #expect(queue.count == 200 * piece)
        var actual = ByteBuffer()
        for var buffer in queue.take() { actual.writeBuffer(&buffer) }
        #expect(actual == expected)
        #expect(queue.count == 0 && queue.take().isEmpty)
    }

    @Test func `small pieces become few buffers`() {
        var queue = WriteQueue()
        for _ in 0..<256 << 10 { queue.append(bytes(1)) }
        #expect(queue.buffers.count <= 3)
    }

    @Test func `a small slice does not keep what it was cut from`() {
        var queue = WriteQueue()
        for _ in 0..<4 {
            let slice = bytes(256 << 10).getSlice(at: 0, length: 20_000)
            if let slice { queue.append(slice) }
        }
        #expect(queue.count == 80_000)
        #expect(queue.buffers.reduce(0) { $0 + $1.storageCapacity } <= 256 << 10)
    }
}
