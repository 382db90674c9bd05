import Glibc
import NIOCore
import RegistryCore

/// An open file in the spool. Its calls block, except for ``length``'s; one thread at a time writes.
final class SpoolFile: Sendable {
    let descriptor: CInt
    private let path: String

    private init(_ descriptor: CInt, _ path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    /// A new file in place of whatever is there. Not the same file made empty: a part may still be sent from that.
    static func create(_ path: String) throws(StorageError) -> SpoolFile {
        if unlink(path) != 0, errno != ENOENT { throw .spool("unlink", path) }
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .spool("create", path) }
        return SpoolFile(descriptor, path)
    }

    /// The file that a checkpoint left, cut to its length. Throws `checkpointLost` when it is not there, or shorter.
    static func resume(_ path: String, length: Int64) throws(StorageError) -> SpoolFile {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { throw StorageError(.checkpointLost, "the spool file \(path) is not there") }
            throw .spool("open", path)
        }
        let file = SpoolFile(descriptor, path)
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .spool("stat", path) }
        guard Int64(status.st_size) >= length else {
            throw StorageError(
                .checkpointLost, "the spool file \(path) has \(status.st_size) of \(length) bytes")
        }
        guard ftruncate(descriptor, off_t(length)) == 0 else { throw .spool("truncate", path) }
        return file
    }

    func write(_ buffers: [ByteBuffer], at offset: Int64) throws(StorageError) {
        var offset = offset
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
        return StorageError(code, "\(call) \(path): \(String(cString: strerror(number)))")
    }
}
