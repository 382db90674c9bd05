internal import CLinux
package import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

// A file's pages may have to come from a disk, which may take its time; whoever reads on an event loop has others waiting.
extension FileSlice {
    /// How many bytes could be read from memory (RWF_NOWAIT of preadv2(2)); negative: none without waiting, or none at all.
    ///
    /// - Parameter offset: in the file.
    package func readWithoutWaiting(_ space: UnsafeMutableRawBufferPointer, at offset: Int64) -> Int {
        if isInMemory { return pread(descriptor, space.baseAddress, space.count, off_t(offset)) }
        var vector = iovec(iov_base: space.baseAddress, iov_len: space.count)
        return preadv2(descriptor, &vector, 1, off_t(offset), registryd_rwf_nowait)
    }

    /// Up to `count` bytes from `at`, which counts from the slice's beginning: those that are in memory.
    package func atHand(at: Int64, count: Int) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
            max(0, readWithoutWaiting(UnsafeMutableRawBufferPointer(rebasing: space[..<count]), at: offset + at))
        }
        return buffer
    }
}
