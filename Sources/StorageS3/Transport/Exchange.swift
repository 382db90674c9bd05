import NIOCore
import RegistryCore

/// What the caller's task and the I/O thread share of one request.
final class Exchange: Sendable {
    struct Head: Sendable {
        var status: Int
        var headers: TransportHeaders
        /// curl has sent the request more than once.
        var wasResent = false
    }

    struct State {
        var head: Head?
        /// Come, but not yet taken by the reader.
        var chunks = CircularBuffer<ByteBuffer>()
        /// The bytes in `chunks`.
        var waiting = 0
        /// The I/O thread leaves the socket alone until the reader has taken some.
        var isHeld = false
        /// nil: goes on.
        var end: Result<Void, TransportError>?
        var isCancelled = false
        /// Whoever waits for any of the above to change.
        var reader: CheckedContinuation<Void, Never>?
        var source = SourceQueue()
    }

    let request: TransportRequest
    let mailbox: Mailbox
    let lowWater: Int
    let state = Mutex(State())

    init(_ request: TransportRequest, _ mailbox: Mailbox, lowWater: Int) {
        self.request = request
        self.mailbox = mailbox
        self.lowWater = lowWater
    }

    /// Stops the transfer, unless it is over.
    func cancel() {
        let isNews = state.withLock { state in
            defer { state.isCancelled = true }
            return state.end == nil && !state.isCancelled
        }
        if isNews { mailbox.post(.cancel(self)) }
    }

    func error(_ code: TransportError.Code, _ what: String, cause: (any Error)? = nil) -> TransportError {
        TransportError(code, "\(request.name): \(what)", cause: cause)
    }
}

// The I/O thread's side.
extension Exchange {
    /// What came since the last time. True: enough is waiting for the reader; the socket is to be left alone.
    func deliver(_ head: Head?, _ chunks: [ByteBuffer], highWater: Int) -> Bool {
        let (reader, isHeld) = state.withLock { state in
            state.add(head, chunks)
            if state.waiting >= highWater { state.isHeld = true }
            return (state.reader.take(), state.isHeld)
        }
        reader?.resume()
        return isHeld
    }

    /// The last of it. The I/O thread is done with the request.
    func finish(_ head: Head? = nil, _ chunks: [ByteBuffer] = [], _ end: Result<Void, TransportError>) {
        let (reader, feeder) = state.withLock { state in
            state.add(head, chunks)
            state.end = end
            state.source.close()
            if state.isCancelled { state.chunks = [] }
            return (state.reader.take(), state.source.feeder.take())
        }
        reader?.resume()
        feeder?.resume()
    }

    /// A chunk that waits and is not half full is taken back, so that many small reads do not make many large buffers.
    func reclaim() -> ByteBuffer? {
        state.withLock { state in
            guard let last = state.chunks.last, !last.isMostlyFull else { return nil }
            state.waiting -= last.readableBytes
            return state.chunks.popLast()
        }
    }
}

extension ByteBuffer {
    /// No more is written to it once it was handed out.
    var isMostlyFull: Bool { writableBytes <= capacity / 2 }
}

extension Exchange.State {
    fileprivate mutating func add(_ newHead: Exchange.Head?, _ newChunks: [ByteBuffer]) {
        if let newHead { head = newHead }
        for chunk in newChunks {
            waiting += chunk.readableBytes
            chunks.append(chunk)
        }
    }
}
