import Foundation
import NIOCore
import Synchronization

/// A file without a name.
final class TemporaryFile: Sendable {
    let descriptor: CInt

    init(_ content: [UInt8]) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try Data(content).write(to: URL(fileURLWithPath: path))
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        unlink(path)
    }

    deinit { close(descriptor) }
}

/// So many buffers of one size, and how many were pulled.
struct Counted: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error

    let count: Int
    let size: Int
    let pulled = PulledCount()

    struct AsyncIterator: AsyncIteratorProtocol {
        let sequence: Counted

        mutating func next() async throws -> ByteBuffer? {
            guard sequence.pulled.count < sequence.count else { return nil }
            sequence.pulled.add()
            return ByteBuffer(repeating: 7, count: sequence.size)
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(sequence: self) }
}

final class PulledCount: Sendable {
    private let value = Atomic(0)

    var count: Int { value.load(ordering: .acquiring) }

    func add() { value.add(1, ordering: .acquiringAndReleasing) }

    /// Returns once the count has not changed for many turns of the executor.
    func settle() async {
        var last = -1
        var quiet = 0
        while quiet < 20_000 {
            await Task.yield()
            quiet = count == last && last > 0 ? quiet + 1 : 0
            last = count
        }
    }
}

/// The elements one after another, for AsyncThrowingStream(unfolding:).
actor Source {
    private var rest: ArraySlice<ByteBuffer>

    init(_ buffers: [ByteBuffer]) { rest = buffers[...] }

    func next() -> ByteBuffer? { rest.popFirst() }
}
