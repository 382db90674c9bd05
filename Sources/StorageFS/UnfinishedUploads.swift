import RegistryCore

/// The uploads whose files are in `uploads`. Names come some at a time, whatever others left there.
struct UnfinishedUploads: AsyncSequence, Sendable {
    typealias Element = UploadID
    typealias Failure = any Error

    let layout: Layout
    let threads: IOThreads

    func makeAsyncIterator() -> Iterator { Iterator(layout: layout, threads: threads) }

    struct Iterator: AsyncIteratorProtocol {
        let layout: Layout
        let threads: IOThreads

        private var folder: FolderStream?
        private var ids: ArraySlice<UploadID> = []
        private var isOver = false

        fileprivate init(layout: Layout, threads: IOThreads) {
            self.layout = layout
            self.threads = threads
        }

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> UploadID? {
            while ids.isEmpty, !isOver {
                let (layout, open) = (layout, folder)
                let (folder, names) = try await threads.run { try Self.names(layout, open) }
                self.folder = folder
                isOver = names.isEmpty
                ids = names.compactMap { UploadID($0) }[...]
            }
            return ids.popFirst()
        }

        private static func names(
            _ layout: Layout,
            _ open: FolderStream?
        ) throws(StorageError) -> (FolderStream, [String]) {
            do {
                let folder = if let open { open } else { try FolderStream(layout.uploads) }
                return (folder, try folder.names(atMost: 500))
            } catch {
                if error == .missing { try layout.checkRoot() }
                throw .list(layout.uploads, error)
            }
        }
    }
}
