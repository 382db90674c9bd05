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

/// `blobs/sha256/9f`.
private struct Folder: Sendable {
    let algorithm: Digest.Algorithm
    let name: String

    /// Those that may hold objects after `after`, in order.
    static func all(_ layout: Layout, after: String) throws -> [Folder] {
        var folders: [Folder] = []
        for algorithm in try names(in: layout.blobs, layout).sorted().compactMap(Digest.Algorithm.init) {
            let names = try names(in: "\(layout.blobs)/\(algorithm.rawValue)", layout)
            for name in names.sorted() where name.utf8.count == 2 {
                let prefix = "\(algorithm.rawValue)/\(name)"
                if prefix >= after.prefix(prefix.count) { folders.append(Folder(algorithm: algorithm, name: name)) }
            }
        }
        return folders
    }

    func objects(_ layout: Layout, after: String) throws -> [StoredObject] {
        let path = "\(layout.blobs)/\(algorithm.rawValue)/\(name)"
        var objects: [StoredObject] = []
        for file in try Self.names(in: path, layout) {
            guard let key = Layout.key(algorithm, folder: name, file: file), key.description > after else { continue }
            do {
                let status = try Syscall.lstat("\(path)/\(file)")
                guard status.st_mode & S_IFMT == S_IFREG else { continue }
                objects.append(StoredObject(key: key, size: Int64(status.st_size)))
            } catch .missing {
                // Deleted meanwhile.
            } catch {
                throw StorageError.stat("\(path)/\(file)", error)
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
