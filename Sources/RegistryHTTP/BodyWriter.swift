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
        case .bytes(let bytes): await connection.write(bytes)
        case .file(let slice): try await connection.writeFile(slice)
        case .stream(let buffers): try await connection.writeStream(buffers)
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
        try cork(true)
        defer { try? cork(false) }
        var at: Int64 = 0
        while at < slice.length {
            let count = min(slice.length - at, BodyWriter.regionSize)
            try await slice.warm(at: at, count: count)
            let begin = Int(slice.offset + at)
            do {
                try await writeOut(
                    .fileRegion(FileRegion(fileHandle: handle, readerIndex: begin, endIndex: begin + Int(count))))
            } catch let error as IOError where error.errnoCode == EIO {
                // No socket says that: it is the file's.
                throw unreadable(EIO)
            }
            at += count
        }
    }
}

extension Connection {
    fileprivate func writeStream(_ buffers: any AsyncSequence<ByteBuffer, any Error> & Sendable) async throws {
        let isCorked = transport == .plain
        if isCorked { try cork(true) }
        defer { if isCorked { try? cork(false) } }
        for try await buffer in buffers { try await writeOut(.byteBuffer(buffer)) }
    }

    /// tcp(7), TCP_CORK: only whole packets until the end. Else every write's last bytes, and the head, are packets of their own.
    private func cork(_ isCorked: Bool) throws {
        let option = ChannelOptions.Types.SocketOption(level: .tcp, name: NIOBSDSocket.Option(rawValue: TCP_CORK))
        try channel.syncOptions?.setOption(option, value: isCorked ? 1 : 0)
    }
}

// What is in memory is taken at once, and only what is not is waited for, on another thread.
extension FileSlice {
    /// Exactly `count` bytes from `at` (both relative to the slice).
    fileprivate func read(at: Int64, count: Int) async throws -> ByteBuffer {
        let start = offset + at
        let descriptor = descriptor
        let buffer = atHand(at: at, count: count)
        if buffer.readableBytes == count { return buffer }
        return try await onPool {
            var buffer = buffer
            while buffer.readableBytes < count {
                let missing = count - buffer.readableBytes
                let at = off_t(start) + off_t(buffer.readableBytes)
                var failure: CInt = 0
                let got = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: missing) { space in
                    let got = pread(descriptor, space.baseAddress, missing, at)
                    if got < 0 { failure = errno }
                    return max(0, got)
                }
                guard got > 0 else { throw unreadable(failure) }
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
            func touch(_ offset: Int64) throws {
                var byte: UInt8 = 0
                let got = pread(descriptor, &byte, 1, off_t(offset))
                guard got == 1 else { throw unreadable(got < 0 ? errno : 0) }
            }
            for offset in stride(from: start, to: start + count, by: 128 << 10) { try touch(offset) }
            try touch(start + count - 1)
        }
    }

    private func isWarm(_ offset: Int64) -> Bool {
        var byte: UInt8 = 0
        return withUnsafeMutableBytes(of: &byte) { readWithoutWaiting($0, at: offset) == 1 }
    }
}

/// - Parameter failure: what a read of a blob's file failed with; 0: there was nothing more to read.
private func unreadable(_ failure: CInt) -> StorageError {
    guard failure != 0 else { return StorageError(.objectDamaged, "a blob's file is shorter than it was") }
    return StorageError(
        failure == EIO ? .objectDamaged : .failed, "reading a blob's file: \(String(cString: strerror(failure)))")
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
