import RegistryCore

/// What another program keeps in the bucket below a path from the prefix, page by page.
struct S3ForeignObjects: AsyncSequence, Sendable {
    typealias Element = StoredObject
    typealias Failure = any Error

    let storage: S3Storage
    let path: ObjectKey

    func makeAsyncIterator() -> Iterator { Iterator(storage: storage, path: path) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let storage: S3Storage
        fileprivate let path: ObjectKey
        private var page: ArraySlice<StoredObject> = []
        private var continuation: String?
        private var isOver = false

        fileprivate init(storage: S3Storage, path: ObjectKey) {
            self.storage = storage
            self.path = path
        }

        mutating func next() async throws -> StoredObject? { try await next(isolation: nil) }

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> StoredObject? {
            while page.isEmpty, !isOver { try await turn() }
            return page.popFirst()
        }

        private mutating func turn() async throws {
            let (storage, token) = (storage, continuation)
            let prefix = try storage.foreignPrefix(below: path)
            try await storage.checkOpen()
            let listing = try await storage.storageErrors {
                try await storage.client.list(prefix: prefix, continuation: token)
            }
            page = listing.objects.compactMap(storage.foreignObject)[...]
            isOver = listing.continuation == nil
            continuation = listing.continuation
        }
    }
}

extension S3Storage {
    /// What the names of all objects below `path` begin with.
    fileprivate func foreignPrefix(below path: ObjectKey) throws(StorageError) -> String {
        guard let components = path.foreignPath else {
            throw StorageError(.failed, "\"\(path)\" is not a path below the storage's prefix")
        }
        let prefix = components.isEmpty ? client.address.prefix : "\(name(of: path))/"
        guard !prefix.utf8.starts(with: objectPrefix.utf8) else {
            throw StorageError(.failed, "\"\(path)\" is registryd's own, and not another registry's")
        }
        return prefix
    }

    /// What S3 knows the object as. Throws unless a foreign key leads below the prefix, and to nothing of ours.
    func checkedName(of key: ObjectKey) throws(StorageError) -> String {
        let name = name(of: key)
        guard key.isForeign else { return name }
        guard let path = key.foreignPath, !path.isEmpty else {
            throw StorageError(.failed, "\"\(key)\" is not a path below the storage's prefix")
        }
        guard !isOurs(name) else {
            throw StorageError(.failed, "\"\(key)\" is registryd's own, and not another registry's")
        }
        return name
    }

    private func isOurs(_ name: String) -> Bool { name.utf8.starts(with: objectPrefix.utf8) || name == markerName }

    /// nil: it is ours, or what some tools store in place of a folder.
    fileprivate func foreignObject(_ object: ObjectListing.Object) -> StoredObject? {
        let (name, prefix) = (object.key.utf8, client.address.prefix.utf8)
        guard name.starts(with: prefix), !isOurs(object.key), name.last != UInt8(ascii: "/")
        else { return nil }
        return StoredObject(key: ObjectKey("/" + String(Substring(name.dropFirst(prefix.count)))), size: object.size)
    }
}
