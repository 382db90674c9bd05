import Glibc
import NIOCore

extension Descriptor {
    /// So many buffers go out in one call.
    private static let most = 64

    /// Writes all of `buffers`, one after another from `offset` on.
    borrowing func write(_ buffers: [ByteBuffer], at offset: Int64) throws(Errno) {
        var offset = offset
        var rest = buffers[...]
        while !rest.isEmpty {
            let written = try write(rest.prefix(Self.most), at: offset)
            offset += Int64(written)
            rest.drop(written)
        }
    }

    private borrowing func write(_ buffers: ArraySlice<ByteBuffer>, at offset: Int64) throws(Errno) -> Int {
        var vectors: [iovec] = []
        vectors.reserveCapacity(buffers.count)
        let raw = raw
        let result = Self.withVectors(buffers, &vectors) { vectors in
            Result { () throws(Errno) in try Syscall.pwritev(raw, vectors, at: offset) }
        }
        return try result.get()
    }

    /// The buffers' memory is only theirs to give while they are asked for it, so they are asked one inside another.
    private static func withVectors<T>(
        _ buffers: ArraySlice<ByteBuffer>,
        _ vectors: inout [iovec],
        _ body: ([iovec]) -> T
    ) -> T {
        guard let first = buffers.first else { return body(vectors) }
        return first.withUnsafeReadableBytes { bytes in
            vectors.append(iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count))
            return withVectors(buffers.dropFirst(), &vectors, body)
        }
    }
}

extension ArraySlice<ByteBuffer> {
    /// Removes the first `count` bytes.
    fileprivate mutating func drop(_ count: Int) {
        var count = count
        while let first, first.readableBytes <= count {
            count -= first.readableBytes
            removeFirst()
        }
        if count > 0 { self[startIndex].moveReaderIndex(forwardBy: count) }
    }
}
