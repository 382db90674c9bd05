import NIOCore

/// What a streamed request body has ready for the I/O thread.
struct SourceQueue {
    /// More than this does not wait, but for one buffer.
    private static let most = 1 << 20

    private var chunks = CircularBuffer<ByteBuffer>()
    private var waiting = 0
    /// The transfer ran out, and is to be told when there is more.
    private(set) var isDry = false
    private(set) var isClosed = false
    /// nil: the source goes on.
    private(set) var end: Result<Void, any Error>?
    /// Waits for room.
    var feeder: CheckedContinuation<Void, Never>?

    var hasRoom: Bool { isClosed || waiting < Self.most }

    /// True: the transfer waits for this.
    mutating func offer(_ chunk: ByteBuffer) -> Bool {
        guard chunk.readableBytes > 0, !isClosed else { return false }
        waiting += chunk.readableBytes
        chunks.append(chunk)
        return isDry.taken()
    }

    /// True: the transfer waits for this.
    mutating func finish(_ end: Result<Void, any Error>) -> Bool {
        self.end = end
        return isDry.taken()
    }

    /// Nobody takes anything any more.
    mutating func close() {
        isClosed = true
        chunks = []
    }

    /// Moves bytes to `target`: how many. 0: the queue is dry, the end or not.
    mutating func read(into target: UnsafeMutableRawBufferPointer) -> Int {
        var count = 0
        while count < target.count, !chunks.isEmpty {
            let rest = UnsafeMutableRawBufferPointer(rebasing: target[count...])
            count += chunks[chunks.startIndex].read(into: rest)
            if chunks[chunks.startIndex].readableBytes == 0 { chunks.removeFirst() }
        }
        waiting -= count
        if count == 0 && end == nil { isDry = true }
        return count
    }
}

extension ByteBuffer {
    /// Moves as many bytes as fit to `target`.
    mutating func read(into target: UnsafeMutableRawBufferPointer) -> Int {
        readWithUnsafeReadableBytes { bytes in
            let count = min(bytes.count, target.count)
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            return count
        }
    }
}

extension Bool {
    fileprivate mutating func taken() -> Bool {
        defer { self = false }
        return self
    }
}
