import NIOCore

/// A response's body, to be read once. What has not been read stays in the socket but for some 256 KiB.
///
/// Whoever lets go of it before the end closes its connection. A small body that has come in full by then costs nothing.
struct TransportBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = TransportError

    private let handle: Handle

    /// For tests.
    var exchange: Exchange { handle.exchange }

    init(of exchange: Exchange) { handle = Handle(exchange) }

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let handle: Handle

        mutating func next() async throws(TransportError) -> ByteBuffer? {
            try await handle.exchange.nextChunk()
        }

        mutating func next(isolation actor: isolated (any Actor)?) async throws(TransportError) -> ByteBuffer? {
            try await handle.exchange.nextChunk()
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(handle: handle) }

    /// All of it. Throws ``TransportError/Code/tooLarge`` when that is more than `limit` bytes.
    func collect(upTo limit: Int) async throws(TransportError) -> ByteBuffer {
        guard var whole = try await handle.exchange.nextChunk() else { return ByteBuffer() }
        while whole.readableBytes <= limit {
            guard var chunk = try await handle.exchange.nextChunk() else { return whole }
            whole.writeBuffer(&chunk)
        }
        handle.exchange.cancel()
        throw handle.exchange.error(.tooLarge, "the body has more than \(limit) bytes")
    }

    /// Its end is the end of everybody's interest.
    fileprivate final class Handle: Sendable {
        let exchange: Exchange

        init(_ exchange: Exchange) { self.exchange = exchange }

        deinit { exchange.cancel() }
    }
}
