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
        let folder = Layout.folder(of: key)
        try make(folder)
        do {
            try Syscall.rename(upload, object)
        } catch .missing {
            // Perhaps somebody removed an empty folder below us; if it is the upload that is gone, it fails the same way again.
            forget(folder)
            try make(folder)
            do { try Syscall.rename(upload, object) } catch { throw .rename(upload, object, error) }
        } catch {
            throw .rename(upload, object, error)
        }
        try Self.sync(path(folder))
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

    /// Makes `folder`, a path below `blobs`, and those above it.
    private func make(_ folder: String) throws(StorageError) {
        guard !folder.isEmpty, !durable.withLock({ $0.contains(folder) }) else { return }
        let parent = Layout.parent(of: folder)
        try make(parent)
        do {
            try Syscall.mkdir(path(folder), mode: 0o700)
        } catch .exists {
            // Whoever made it may not have come to make its name durable.
        } catch {
            throw .mkdir(path(folder), error)
        }
        try Self.sync(path(parent))
        durable.withLock { _ = $0.insert(folder) }
    }

    private func forget(_ folder: String) {
        guard !folder.isEmpty else { return }
        durable.withLock { _ = $0.remove(folder) }
        forget(Layout.parent(of: folder))
    }

    private func path(_ folder: String) -> String {
        folder.isEmpty ? layout.blobs : "\(layout.blobs)/\(folder)"
    }
}
