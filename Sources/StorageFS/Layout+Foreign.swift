import Glibc
import RegistryCore

// What lies in the root and is somebody else's: the files of a registry that was there before, adopted in place.
extension Layout {
    /// Where a foreign key leads: below the root, and to nothing of ours. An empty path is the root itself.
    func foreign(_ key: ObjectKey) throws(StorageError) -> String {
        guard let path = key.foreignPath else {
            throw StorageError(.failed, "\"\(key)\" is not a path below the storage's root")
        }
        // By bytes, as the system takes names apart.
        guard !Self.isOurs(String(Substring(path.utf8.prefix { $0 != UInt8(ascii: "/") }))) else {
            throw StorageError(.failed, "\"\(key)\" is registryd's own, and not another registry's")
        }
        return "\(root)/\(path)"
    }

    /// A name in the root that no other program may have there. Drafts of the marker count as well.
    static func isOurs(_ name: String) -> Bool {
        name == "blobs" || name == "uploads" || name.hasPrefix("registryd-storage")
    }

    /// What the system itself puts into a root that is a disk of its own; nobody but root can look into it.
    static let systemName = "lost+found"

    /// Where distribution's registry has its files if the root is also its own.
    private static let otherRegistry = "docker/registry/v2"

    /// Another registry's storage is in the root.
    var holdsOtherRegistry: Bool {
        (try? Syscall.lstat("\(root)/\(Self.otherRegistry)")).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
    }

    /// The root is itself such a storage, and ought to be the folder above it.
    var isInOtherRegistry: Bool { root.hasSuffix("/\(Self.otherRegistry)") }
}
