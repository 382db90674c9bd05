import Glibc
import RegistryCore

/// The objects in `blobs`, in the order of their keys, folder by folder: at most one folder's names are in memory.
struct FileObjects: AsyncSequence, Sendable {
    typealias Element = StoredObject
    typealias Failure = any Error

    let layout: Layout
    let threads: IOThreads
    let after: ObjectKey?

    func makeAsyncIterator() -> Iterator {
        Iterator(layout: layout, threads: threads, after: after?.description ?? "")
    }

    struct Iterator: AsyncIteratorProtocol {
        let layout: Layout
        let threads: IOThreads
        let after: String

        /// Folders still to come, the next one last; nil: not listed yet.
        private var folders: [Folder]?
        private var objects: ArraySlice<StoredObject> = []

        fileprivate init(layout: Layout, threads: IOThreads, after: String) {
            self.layout = layout
            self.threads = threads
            self.after = after
        }

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> StoredObject? {
            let (layout, after) = (layout, after)
            var folders: [Folder]
            if let listed = self.folders {
                folders = listed
            } else {
                folders = try await threads.run { try Folder.all(layout, after: after).reversed() }
            }
            while objects.isEmpty, let folder = folders.popLast() {
                objects = try await threads.run { try folder.objects(layout, after: after)[...] }
            }
            self.folders = folders
            return objects.popFirst()
        }
    }
}

/// `sha256/9f`, below `blobs`; or `backups`.
private struct Folder: Sendable {
    let path: String

    /// Those that may hold objects after `after`, in order.
    static func all(_ layout: Layout, after: String) throws -> [Folder] {
        var folders: [Folder] = []
        for top in try names(in: layout.blobs, layout).sorted() {
            if top == BackupKey.folder {
                folders.append(Folder(path: top))
            } else if let algorithm = Digest.Algorithm(rawValue: top) {
                let names = try names(in: "\(layout.blobs)/\(algorithm.rawValue)", layout)
                folders += names.sorted().filter { $0.utf8.count == 2 }.map { Folder(path: "\(top)/\($0)") }
            }
        }
        return folders.filter { $0.path >= after.prefix($0.path.count) }
    }

    func objects(_ layout: Layout, after: String) throws -> [StoredObject] {
        let folder = "\(layout.blobs)/\(path)"
        var objects: [StoredObject] = []
        for file in try Self.names(in: folder, layout) {
            let key = ObjectKey("\(path)/\(file)")
            guard key.digest != nil || BackupKey(key) != nil, key.description > after else { continue }
            do {
                let status = try Syscall.lstat("\(folder)/\(file)")
                guard status.st_mode & S_IFMT == S_IFREG else { continue }
                objects.append(StoredObject(key: key, size: Int64(status.st_size)))
            } catch .missing {
                // Deleted meanwhile.
            } catch {
                throw StorageError.stat("\(folder)/\(file)", error)
            }
        }
        return objects.sorted { $0.key < $1.key }
    }

    /// A folder that is no more, or a file where a folder ought to be, has none; but a root that is no more is an error.
    private static func names(in path: String, _ layout: Layout) throws(StorageError) -> [String] {
        do {
            return try Syscall.names(in: path)
        } catch {
            guard error == .missing || error.code == ENOTDIR, path != layout.blobs else { throw .list(path, error) }
            try layout.checkRoot()
            return []
        }
    }
}
