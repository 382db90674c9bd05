import Glibc
import RegistryCore

/// The files that another program keeps below a folder of the root, as foreign objects, in no order. Symbolic links are not
/// followed. In memory are some names at a time, and the folders that are still to come.
struct ForeignFiles: AsyncSequence, Sendable {
    typealias Element = StoredObject
    typealias Failure = any Error

    /// Names for which a thread is held at once: most folders have one or two, and a thread for each would take longer than
    /// what it does.
    static let stride = 1000

    let layout: Layout
    let threads: IOThreads
    let path: ObjectKey

    func makeAsyncIterator() -> Iterator { Iterator(layout: layout, threads: threads, path: path) }

    struct Iterator: AsyncIteratorProtocol {
        let layout: Layout
        let threads: IOThreads
        let path: ObjectKey

        /// nil: not begun.
        private var walk: Walk?
        private var objects: ArraySlice<StoredObject> = []

        fileprivate init(layout: Layout, threads: IOThreads, path: ObjectKey) {
            self.layout = layout
            self.threads = threads
            self.path = path
        }

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> StoredObject? {
            while objects.isEmpty, walk?.isOver != true {
                try Task.checkCancellation()
                let (layout, path, begun) = (layout, path, walk)
                let (walk, found) = try await threads.run {
                    var walk = if let begun { begun } else { try Walk(layout, below: path) }
                    let found = try walk.proceed()
                    return (walk, found)
                }
                self.walk = walk
                objects = found[...]
            }
            return objects.popFirst()
        }
    }
}

/// A walk through folders, each by its key: its path from the root behind a slash, or nothing for the root. Blocks.
private struct Walk: Sendable {
    private let layout: Layout
    private var open: (folder: String, stream: FolderStream)?
    /// Those to come, the next one last.
    private var folders: [String] = []

    init(_ layout: Layout, below key: ObjectKey) throws(StorageError) {
        self.layout = layout
        let path = try layout.foreign(key)
        do throws(Errno) {
            guard try Syscall.lstat(path).st_mode & S_IFMT == S_IFDIR else { throw Errno(code: ENOTDIR) }
            folders = [key.description == "/" ? "" : key.description]
        } catch {
            guard error == .missing else { throw .list(path, error) }
            try layout.checkRoot()
        }
    }

    var isOver: Bool { open == nil && folders.isEmpty }

    /// The files among the next names.
    mutating func proceed() throws(StorageError) -> [StoredObject] {
        var objects: [StoredObject] = []
        var left = ForeignFiles.stride
        while left > 0, let (folder, stream) = try current() {
            let names: [String]
            do { names = try stream.names(atMost: left) } catch { throw .list(layout.root + folder, error) }
            // Also an empty folder is work.
            left -= names.count + 1
            if names.isEmpty { open = nil }
            for name in names { try look(at: name, in: folder, &objects) }
        }
        return objects
    }

    /// The folder that is being read, opened if need be; nil: there is none left.
    private mutating func current() throws(StorageError) -> (folder: String, stream: FolderStream)? {
        while open == nil, let folder = folders.popLast() {
            do {
                open = (folder, try FolderStream(layout.root + folder))
            } catch .missing {
                // Removed meanwhile.
                try layout.checkRoot()
            } catch {
                throw .list(layout.root + folder, error)
            }
        }
        return open
    }

    private mutating func look(
        at name: String,
        in folder: String,
        _ objects: inout [StoredObject]
    ) throws(StorageError) {
        if folder.isEmpty, Layout.isOurs(name) || name == Layout.systemName { return }
        let key = "\(folder)/\(name)"
        do {
            let status = try Syscall.lstat(layout.root + key)
            switch status.st_mode & S_IFMT {
            case S_IFDIR: folders.append(key)
            case S_IFREG: objects.append(StoredObject(key: ObjectKey(key), size: Int64(status.st_size)))
            default: break
            }
        } catch .missing {
            // Removed meanwhile, or its name is not UTF-8 and nothing that a registry made.
        } catch {
            throw .stat(layout.root + key, error)
        }
    }
}
