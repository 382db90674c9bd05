internal import NIOCore

/// The bytes of a request's body between the socket and whoever takes them.
struct BodyQueue {
    /// As much as may wait here until the socket is no longer read. Reading goes on in slices of at most the receive buffer.
    static let limit = 128 << 10

    private var buffers = CircularBuffer<ByteBuffer>(initialCapacity: 0)
    private var count = 0
    private var failure: (any Error)?
    private var waiter: UnsafeContinuation<ByteBuffer?, any Error>?
    private(set) var hasEnded = false

    var hasRoom: Bool { count < Self.limit }

    mutating func append(_ buffer: ByteBuffer) {
        if let waiter {
            self.waiter = nil
            waiter.resume(returning: buffer)
        } else {
            buffers.append(buffer)
            count += buffer.readableBytes
        }
    }

    mutating func end() {
        hasEnded = true
        waiter?.resume(returning: nil)
        waiter = nil
    }

    /// No more will come. A body that has ended already is whole all the same.
    mutating func fail(_ error: any Error) {
        guard !hasEnded, failure == nil else { return }
        failure = error
        waiter?.resume(throwing: error)
        waiter = nil
    }

    /// What waits here; nil: nothing does, and the body has ended or `wait` is next.
    mutating func next() throws -> ByteBuffer? {
        if let buffer = buffers.popFirst() {
            count -= buffer.readableBytes
            return buffer
        }
        if let failure { throw failure }
        return nil
    }

    mutating func wait(_ continuation: UnsafeContinuation<ByteBuffer?, any Error>) {
        waiter = continuation
    }

    /// Nobody will take the rest.
    mutating func discard() {
        buffers.removeAll()
        count = 0
    }
}
