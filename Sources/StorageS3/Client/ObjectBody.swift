import Logging
import NIOCore
import RegistryCore
import Synchronization

/// The bytes of an object as they come. When the server drops the transfer, it goes on at the byte: a key's content
/// never changes, so what comes then belongs to what came before.
struct ObjectBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error

    private let client: S3Client
    private let name: String
    private let range: Range<Int64>
    private let size: Int64
    /// The response that was there when the sequence was made, for the first iterator.
    private let first: First

    private final class First: Sendable {
        let body: Mutex<TransportBody?>

        init(_ body: TransportBody) { self.body = Mutex(body) }
    }

    init(_ client: S3Client, _ name: String, _ range: Range<Int64>, of size: Int64, first: TransportBody) {
        self.client = client
        self.name = name
        self.range = range
        self.size = size
        self.first = First(first)
    }

    func makeAsyncIterator() -> Iterator {
        let body = first.body.withLock { $0.take() }
        return Iterator(client: client, name: name, rest: range, size: size, current: body?.makeAsyncIterator())
    }

    struct Iterator: AsyncIteratorProtocol {
        /// Drops that are made up for, as long as no more than ``progress`` bytes come between them.
        static let mostDrops = 6
        static let progress: Int64 = 1 << 20

        fileprivate let client: S3Client
        fileprivate let name: String
        /// Still to come.
        fileprivate var rest: Range<Int64>
        fileprivate let size: Int64
        fileprivate var current: TransportBody.AsyncIterator?
        private var drops = 0
        private var sinceDrop: Int64 = 0

        fileprivate init(
            client: S3Client, name: String, rest: Range<Int64>, size: Int64, current: TransportBody.AsyncIterator?
        ) {
            self.client = client
            self.name = name
            self.rest = rest
            self.size = size
            self.current = current
        }

        mutating func next() async throws -> ByteBuffer? { try await next(isolation: nil) }

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> ByteBuffer? {
            while !rest.isEmpty {
                do {
                    if current == nil {
                        current = try await client.open(name, rest, of: size).makeAsyncIterator()
                    }
                    if let bytes = try await current?.next(isolation: actor) {
                        if let taken = try take(bytes) { return taken }
                    } else {
                        throw StorageError(
                            .unavailable, "reading \(name): the transfer ended at byte \(rest.lowerBound)")
                    }
                } catch let error as TransportError {
                    if error.code == .cancelled { throw CancellationError() }
                    try await dropped(
                        StorageError(.unavailable, "reading \(name) at byte \(rest.lowerBound): \(error)"))
                } catch let error as StorageError where error.code == .unavailable {
                    try await dropped(error)
                } catch let error as S3Error {
                    throw StorageError(error)
                }
            }
            current = nil
            return nil
        }

        private mutating func take(_ bytes: ByteBuffer) throws -> ByteBuffer? {
            let count = Int64(bytes.readableBytes)
            guard count <= rest.count else {
                current = nil
                throw StorageError(.failed, "reading \(name): the server sends more than it was asked for")
            }
            rest = rest.lowerBound + count..<rest.upperBound
            sinceDrop += count
            return count > 0 ? bytes : nil
        }

        /// Throws `error` when that has happened too often.
        private mutating func dropped(_ error: StorageError) async throws {
            current = nil
            if sinceDrop >= Self.progress { drops = 0 }
            sinceDrop = 0
            drops += 1
            guard drops <= Self.mostDrops else { throw error }
            client.logger.debug("S3 dropped a transfer, going on", metadata: ["error": "\(error)"])
            let policy = client.options.retries
            try await client.time.pause(policy.pause(after: drops, asked: nil, random: client.time.random()))
        }
    }
}
