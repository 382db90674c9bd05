import Glibc
import RegistryCore

/// What a failed call means for the registry, one function a call.
extension StorageError {
    /// Opening an upload's file to begin it.
    static func creating(_ path: String, _ errno: Errno) -> StorageError {
        if errno == .missing { return folderLost("create", path, errno) }
        return other("create", path, errno)
    }

    /// Opening an upload's file to go on with it.
    static func resuming(_ path: String, _ errno: Errno) -> StorageError {
        errno == .missing ? StorageError(.checkpointLost, "open \(path): \(errno)") : other("open", path, errno)
    }

    /// Opening an object's file.
    static func reading(_ path: String, _ errno: Errno) -> StorageError {
        switch errno.code {
        case ENOENT: StorageError(.objectMissing, "open \(path): \(errno)")
        case EIO: StorageError(.objectDamaged, "open \(path): \(errno)")
        default: other("open", path, errno)
        }
    }

    static func stat(_ path: String, _ errno: Errno) -> StorageError { other("stat", path, errno) }

    static func write(_ path: String, _ errno: Errno) -> StorageError { other("write", path, errno) }

    static func ftruncate(_ path: String, _ errno: Errno) -> StorageError { other("ftruncate", path, errno) }

    /// Never to be tried again: after EIO the next one may succeed with the data gone.
    static func fdatasync(_ path: String, _ errno: Errno) -> StorageError { other("fdatasync", path, errno) }

    /// Making what happened in a folder durable.
    static func fsync(folder: String, _ errno: Errno) -> StorageError {
        if errno == .missing { return folderLost("fsync", folder, errno) }
        return other("fsync", folder, errno)
    }

    static func mkdir(_ path: String, _ errno: Errno) -> StorageError {
        if errno == .missing { return folderLost("mkdir", path, errno) }
        return other("mkdir", path, errno)
    }

    /// The last step of a commit; the object's folder is there.
    static func rename(_ from: String, _ to: String, _ errno: Errno) -> StorageError {
        if errno == .missing { return StorageError(.checkpointLost, "rename \(from) to \(to): \(errno)") }
        return other("rename \(from) to", to, errno)
    }

    static func link(_ path: String, _ errno: Errno) -> StorageError { other("link", path, errno) }

    static func unlink(_ path: String, _ errno: Errno) -> StorageError { other("unlink", path, errno) }

    static func list(_ folder: String, _ errno: Errno) -> StorageError {
        if errno == .missing { return folderLost("list", folder, errno) }
        return other("list", folder, errno)
    }

    static func fstatvfs(_ path: String, _ errno: Errno) -> StorageError { other("fstatvfs", path, errno) }

    /// The marker was there; now it cannot be read.
    static func rootLost(_ root: String, _ errno: Errno) -> StorageError {
        StorageError(.unavailable, "\(root) is not the storage any more (registryd-storage: \(errno)). Is it mounted?")
    }

    private static func folderLost(_ call: String, _ path: String, _ errno: Errno) -> StorageError {
        StorageError(.unavailable, "\(call) \(path): \(errno). A folder of the storage is gone. Is it mounted?")
    }

    private static func other(_ call: String, _ path: String, _ errno: Errno) -> StorageError {
        let code: Code =
            switch errno.code {
            case ENOSPC, EDQUOT: .full
            case EFBIG: .tooLarge
            case ENOTDIR: .misconfigured
            case EROFS, ESTALE, ENODEV, ENXIO, EMFILE, ENFILE, ENOMEM: .unavailable
            default: .failed
            }
        let reason = errno.code == EROFS ? readOnly : nil
        return StorageError(code, "\(call) \(path): \(errno)", reason: reason)
    }

    static let readOnly = "the storage is on a file system that is mounted read-only"
}
