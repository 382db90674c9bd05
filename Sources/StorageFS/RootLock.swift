import Glibc
import Logging
import RegistryCore

/// A storage's root, taken for as long as this lives: two that take uploads in one folder would each cut and remove
/// the other's.
///
/// The lock is flock(2)'s, on the marker: it goes with the process, is seen through every path to the folder, and holds
/// between two backends of one process as well.
final class RootLock: Sendable {
    /// nil: there are no locks here.
    private let file: Descriptor?

    /// Throws ``StorageError/Code/unavailable`` when somebody has it.
    init(_ layout: Layout, _ logger: Logger) throws(StorageError) {
        do {
            file = try Self.take(layout)
        } catch .locked {
            throw StorageError(
                .unavailable,
                "\(layout.root) is in use by another registryd, or by another backend of this one; stop it, or give each "
                    + "a root of its own"
            )
        } catch .noLocks, .unsupported {
            // Some network file systems have none. That is no reason to serve nothing.
            logger.warning("\(layout.marker) cannot be locked; see to it that nobody else uses \(layout.root)")
            file = nil
        } catch {
            throw .reading(layout.marker, error)
        }
    }

    /// Opened to read, as a file that is open to be written would keep the disk from being remounted read-only. NFS wants it
    /// to be written (flock(2), "NFS details").
    private static func take(_ layout: Layout) throws(Errno) -> Descriptor {
        do {
            let file = try Syscall.open(layout.marker, O_RDONLY)
            try Syscall.lock(file)
            return file
        } catch .badDescriptor {
            let file = try Syscall.open(layout.marker, O_RDWR)
            try Syscall.lock(file)
            return file
        }
    }
}
