import CLinux
package import NIOCore
import NIOHTTP1
import NIOPosix
package import RegistryCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Writes the body of an answer, no faster than the client takes it.
package struct BodyWriter: Sendable {
    /// How much of a file goes out at a time.
    ///
    /// Four times 256 KiB cost a third more, in packets and in turns of the event loop.
    static let regionSize: Int64 = 1 << 20
    /// Buffers are smaller, as they are memory.
    static let bufferSize = 128 << 10
    /// Up to here a file is read and goes out in one packet with the head; sendfile would make it two.
    static let smallSize: Int64 = 64 << 10

    private let connection: Connection

    init(_ connection: Connection) {
        self.connection = connection
    }

    package func write(_ bytes: ByteBuffer) async throws {
        try await connection.writeOut(.byteBuffer(bytes))
    }

    package func write(_ content: consuming BlobContent) async throws {
        switch consume content {
        case .file(let slice): try await connection.writeFile(slice)
        case .stream(let buffers):
            for try await buffer in buffers { try await write(buffer) }
        }
    }
}

extension Connection {
    fileprivate func writeFile(_ slice: consuming FileSlice) async throws {
        if slice.length <= BodyWriter.smallSize {
            write(try await slice.read(at: 0, count: Int(slice.length)))
        } else if transport == .plain {
            try await sendFile(slice)
        } else {
            // TLS and HTTP/2 cannot take a file region.
            var at: Int64 = 0
            while at < slice.length {
                let count = Int(min(slice.length - at, Int64(BodyWriter.bufferSize)))
                try await writeOut(.byteBuffer(try await slice.read(at: at, count: count)))
                at += Int64(count)
            }
        }
    }

    private func sendFile(_ slice: borrowing FileSlice) async throws {
        // The handle borrows the slice's descriptor: the slice outlives the last write, and closes it.
        let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: slice.descriptor)
        defer { _ = try? handle.takeDescriptorOwnership() }
        // Only whole packets until the end: else every region's last bytes, and the head, are packets of their own.
        try cork(true)
        defer { try? cork(false) }
        var at: Int64 = 0
        while at < slice.length {
            let count = min(slice.length - at, BodyWriter.regionSize)
            try await slice.warm(at: at, count: count)
            let begin = Int(slice.offset + at)
            try await writeOut(
                .fileRegion(FileRegion(fileHandle: handle, readerIndex: begin, endIndex: begin + Int(count))))
            at += count
        }
    }
}

extension Connection {
    /// tcp(7), TCP_CORK.
    private func cork(_ isCorked: Bool) throws {
        let option = ChannelOptions.Types.SocketOption(level: .tcp, name: NIOBSDSocket.Option(rawValue: TCP_CORK))
        try channel.syncOptions?.setOption(option, value: isCorked ? 1 : 0)
    }
}

// A file's pages may have to come from a disk, which may take its time; the event loop has other connections. So what is in
// memory is taken at once (RWF_NOWAIT), and only what is not is waited for on another thread.
extension FileSlice {
    /// Exactly `count` bytes from `at` (both relative to the slice).
    fileprivate func read(at: Int64, count: Int) async throws -> ByteBuffer {
        let start = offset + at
        let descriptor = descriptor
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        let got = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
            max(0, readWithoutWaiting(UnsafeMutableRawBufferPointer(rebasing: space[..<count]), at: start))
        }
        if got == count { return buffer }
        return try await onPool { [buffer] in
            var buffer = buffer
            while buffer.readableBytes < count {
                let missing = count - buffer.readableBytes
                let at = off_t(start) + off_t(buffer.readableBytes)
                let got = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: missing) { space in
                    max(0, pread(descriptor, space.baseAddress, missing, at))
                }
                guard got > 0 else { throw truncated() }
            }
            return buffer
        }
    }

    /// Sees to it that sendfile(2) of the range will not have to wait for a disk.
    fileprivate func warm(at: Int64, count: Int64) async throws {
        let descriptor = descriptor
        let start = offset + at
        if isWarm(start + count - 1), isInMemory || isWarm(start) { return }
        try await onPool {
            // Four regions ahead, so that the next ones are there in time.
            posix_fadvise(descriptor, off_t(start), off_t(count) * 4, POSIX_FADV_WILLNEED)
            var byte: UInt8 = 0
            for offset in stride(from: start, to: start + count, by: 128 << 10) {
                guard pread(descriptor, &byte, 1, off_t(offset)) == 1 else { throw truncated() }
            }
            guard pread(descriptor, &byte, 1, off_t(start + count - 1)) == 1 else { throw truncated() }
        }
    }

    private func isWarm(_ offset: Int64) -> Bool {
        var byte: UInt8 = 0
        return withUnsafeMutableBytes(of: &byte) { readWithoutWaiting($0, at: offset) == 1 }
    }

    /// How many bytes could be read from memory; negative: none without waiting, or none at all.
    private func readWithoutWaiting(_ space: UnsafeMutableRawBufferPointer, at offset: Int64) -> Int {
        if isInMemory { return pread(descriptor, space.baseAddress, space.count, off_t(offset)) }
        var vector = iovec(iov_base: space.baseAddress, iov_len: space.count)
        return preadv2(descriptor, &vector, 1, off_t(offset), registryd_rwf_nowait)
    }
}

private func truncated() -> StorageError {
    StorageError(.failed, "a blob's file is shorter than it was, or cannot be read (errno \(errno))")
}

/// Threads that wait for disks on behalf of pulls. A disk that hangs holds one for each pull from it.
private let coldReads: NIOThreadPool = {
    let pool = NIOThreadPool(numberOfThreads: 16)
    pool.start()
    return pool
}()

private func onPool<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
    // Not runIfActive, which goes by way of a third thread.
    try await withUnsafeThrowingContinuation { done in
        coldReads.submit { state in
            done.resume(
                with: Result {
                    guard case .active = state else { throw CancellationError() }
                    return try work()
                })
        }
    }
}
