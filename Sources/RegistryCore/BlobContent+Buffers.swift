import Dispatch
package import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension BlobContent {
    /// The bytes as buffers, for who has to see them: a file is read where that may block.
    package consuming func buffers() -> any AsyncSequence<ByteBuffer, any Error> & Sendable {
        switch consume self {
        case .bytes(let bytes):
            AsyncThrowingStream { end in
                end.yield(bytes)
                end.finish()
            }
        case .stream(let buffers): buffers
        case .file(let slice): FileBuffers(file: OpenFile(slice))
        }
    }
}

/// Keeps a slice's descriptor open for as long as somebody reads it.
private final class OpenFile: Sendable {
    let slice: FileSlice

    init(_ slice: consuming FileSlice) { self.slice = slice }

    /// Blocks. Up to `count` bytes, at least one.
    func read(at offset: Int64, _ count: Int) throws -> ByteBuffer {
        let descriptor = slice.descriptor
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        var failure: CInt = 0
        let taken = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { memory in
            while true {
                let taken = pread(descriptor, memory.baseAddress, count, off_t(offset))
                if taken >= 0 { return taken }
                failure = errno
                guard failure == EINTR else { return 0 }
                failure = 0
            }
        }
        if failure != 0 {
            throw StorageError(
                failure == EIO ? .objectDamaged : .failed, "read: \(String(cString: strerror(failure)))")
        }
        guard taken > 0 else { throw StorageError(.objectDamaged, "the object is shorter than it was") }
        return buffer
    }
}

/// Where files are read. That blocks, and is no work that clients wait for: no reason to keep threads of our own for it.
private let readers = DispatchQueue(label: "registry.readers", attributes: .concurrent)

private struct FileBuffers: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error

    let file: OpenFile

    func makeAsyncIterator() -> Iterator { Iterator(file: file) }

    struct Iterator: AsyncIteratorProtocol {
        private static let size = 256 << 10
        private let file: OpenFile
        private var done: Int64 = 0

        init(file: OpenFile) { self.file = file }

        mutating func next() async throws -> ByteBuffer? { try await next(isolation: nil) }

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> ByteBuffer? {
            guard done < file.slice.length else { return nil }
            let (file, offset) = (file, file.slice.offset + done)
            let count = Int(Swift.min(Int64(Self.size), file.slice.length - done))
            let result: Result<ByteBuffer, any Error> = await withCheckedContinuation { continuation in
                readers.async { continuation.resume(returning: Result { try file.read(at: offset, count) }) }
            }
            let buffer = try result.get()
            done += Int64(buffer.readableBytes)
            return buffer
        }
    }
}
