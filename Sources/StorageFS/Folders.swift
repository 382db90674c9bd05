import Glibc
import RegistryCore
import Synchronization

/// Makes the folders that objects lie in, and makes durable what happens in folders. Blocks.
final class Folders: Sendable {
    let layout: Layout

    /// Folders that are there and whose own names are durable, as far as we know. A folder that another thread, or a process
    /// that died, has just made is not in it: to find a folder is not enough for a commit that must survive power loss.
    private let durable = Mutex<Set<String>>([])

    init(_ layout: Layout) { self.layout = layout }

    /// Renames an upload's file to the object's, durably.
    func move(_ upload: String, to object: String, _ key: ObjectKey) throws(StorageError) {
        let folders = Layout.folders(of: key)
        try make(folders)
        do {
            try Syscall.rename(upload, object)
        } catch .missing {
            // Perhaps somebody removed an empty folder below us; if it is the upload that is gone, it fails the same way again.
            durable.withLock { $0.subtract(folders) }
            try make(folders)
            do { try Syscall.rename(upload, object) } catch { throw .rename(upload, object, error) }
        } catch {
            throw .rename(upload, object, error)
        }
        try Self.sync(path(folders.last))
    }

    /// Makes durable which names are in a folder.
    static func sync(_ folder: String) throws(StorageError) {
        do {
            try Syscall.fsync(try Syscall.open(folder, O_RDONLY | O_DIRECTORY))
        } catch {
            throw .fsync(folder: folder, error)
        }
    }

    /// Makes a folder and those above it, for the owner only and durably, unless they are there.
    static func makePath(_ path: String) throws(StorageError) {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let parent = slash == path.startIndex ? "/" : String(path[..<slash])
        do {
            try Syscall.mkdir(path, mode: 0o700)
        } catch .exists {
            return
        } catch .missing where parent != "/" {
            try makePath(parent)
            do { try Syscall.mkdir(path, mode: 0o700) } catch { throw .mkdir(path, error) }
        } catch {
            throw .mkdir(path, error)
        }
        try sync(parent)
    }

    private func make(_ folders: [String]) throws(StorageError) {
        guard let leaf = folders.last, !durable.withLock({ $0.contains(leaf) }) else { return }
        for (index, folder) in folders.enumerated() where !durable.withLock({ $0.contains(folder) }) {
            do {
                try Syscall.mkdir(path(folder), mode: 0o700)
            } catch .exists {
                // Whoever made it may not have come to make its name durable.
            } catch {
                throw .mkdir(path(folder), error)
            }
            try Self.sync(path(index == 0 ? nil : folders[index - 1]))
            durable.withLock { _ = $0.insert(folder) }
        }
    }

    private func path(_ folder: String?) -> String {
        folder.map { "\(layout.blobs)/\($0)" } ?? layout.blobs
    }
}
