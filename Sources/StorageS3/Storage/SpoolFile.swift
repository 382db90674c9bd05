import Glibc
import NIOCore
import RegistryCore

/// An open file in the spool: a stamp of 8 bytes, then the upload's. Its calls block; one thread at a time writes.
final class SpoolFile: Sendable {
    private static let head: Int64 = 8

    /// No other file has it. The row may have gone on elsewhere since a file of this name was written here.
    let stamp: UInt64
    private let descriptor: CInt
    private let path: String

    private init(_ descriptor: CInt, _ path: String, _ stamp: UInt64) {
        self.descriptor = descriptor
        self.path = path
        self.stamp = stamp
    }

    deinit { close(descriptor) }

    /// A new file in place of whatever is there. Not the same file made empty: a part may still be sent from that.
    static func create(_ path: String) throws(StorageError) -> SpoolFile {
        if unlink(path) != 0, errno != ENOENT { throw .spool("unlink", path) }
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .spool("create", path) }
        let file = SpoolFile(descriptor, path, .random(in: 1...UInt64.max))
        try file.write([ByteBuffer(integer: file.stamp)], at: -head)
        return file
    }

    /// The file that a checkpoint left, cut to its length. Throws `checkpointLost` when it is not there, another one, or
    /// shorter.
    static func resume(_ path: String, stamp: UInt64, length: Int64) throws(StorageError) -> SpoolFile {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { throw StorageError(.checkpointLost, "the spool file \(path) is not there") }
            throw .spool("open", path)
        }
        let file = SpoolFile(descriptor, path, stamp)
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .spool("stat", path) }
        let size = Int64(status.st_size) - head
        guard size >= length else {
            throw StorageError(.checkpointLost, "the spool file \(path) has \(max(0, size)) of \(length) bytes")
        }
        guard try file.readStamp() == stamp else {
            throw StorageError(.checkpointLost, "the spool file \(path) is not the one of the checkpoint")
        }
        guard ftruncate(descriptor, off_t(head + length)) == 0 else { throw .spool("truncate", path) }
        return file
    }

    private func readStamp() throws(StorageError) -> UInt64 {
        var bytes = [UInt8](repeating: 0, count: Int(Self.head))
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count >= 0 else { throw .spool("read", path) }
        return bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Its first `length` bytes, to be sent.
    func body(_ length: Int64) -> TransportRequest.Body {
        .file(descriptor: descriptor, offset: Self.head, length: length, owner: self)
    }

    func write(_ buffers: [ByteBuffer], at offset: Int64) throws(StorageError) {
        var offset = Self.head + offset
        for var buffer in buffers {
            while buffer.readableBytes > 0 {
                let count = buffer.withUnsafeReadableBytes { bytes in
                    pwrite(descriptor, bytes.baseAddress, bytes.count, off_t(offset))
                }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw .spool("write", path) }
                buffer.moveReaderIndex(forwardBy: count)
                offset += Int64(count)
            }
        }
    }

    /// Never to be tried again when it fails: the next one may succeed with the data gone.
    func sync() throws(StorageError) {
        guard fdatasync(descriptor) == 0 else { throw .spool("fdatasync", path) }
    }
}

extension StorageError {
    /// A call that has just failed with errno.
    static func spool(_ call: String, _ path: String) -> StorageError {
        let number = errno
        let code: Code =
            switch number {
            case ENOSPC, EDQUOT: .full
            case EROFS, EMFILE, ENFILE, ENOMEM: .unavailable
            default: .failed
            }
        let reason: String? =
            switch number {
            case ENOSPC, EDQUOT: "the local disk that uploads to S3 pass through is full"
            case EROFS: "the local disk that uploads to S3 pass through is mounted read-only"
            default: nil
            }
        return StorageError(code, "\(call) \(path): \(String(cString: strerror(number)))", reason: reason)
    }
}
