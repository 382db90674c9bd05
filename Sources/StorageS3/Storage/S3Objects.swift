import RegistryCore

/// The objects in the bucket, page by page, in the order of their keys.
struct S3Objects: AsyncSequence, Sendable {
    typealias Element = StoredObject
    typealias Failure = any Error

    let storage: S3Storage
    let after: ObjectKey?

    func makeAsyncIterator() -> Iterator { Iterator(storage: storage, last: after) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let storage: S3Storage
        /// The one that was handed out last.
        fileprivate var last: ObjectKey?
        private var page: ArraySlice<StoredObject> = []
        private var continuation: String?
        private var isOver = false

        fileprivate init(storage: S3Storage, last: ObjectKey?) {
            self.storage = storage
            self.last = last
        }

        mutating func next() async throws -> StoredObject? { try await next(isolation: nil) }

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> StoredObject? {
            while page.isEmpty, !isOver { try await turn() }
            guard let object = page.popFirst() else { return nil }
            last = object.key
            return object
        }

        private mutating func turn() async throws {
            let (storage, after, token) = (storage, last, continuation)
            let prefix = storage.objectPrefix
            try await storage.checkOpen()
            let listing = try await storage.storageErrors {
                try await storage.client.list(
                    prefix: prefix, after: after.map(storage.name(of:)), continuation: token)
            }
            // By bytes: a combining character after the slash makes one character with it.
            let objects = listing.objects.compactMap { object -> StoredObject? in
                guard object.key.utf8.starts(with: prefix.utf8) else { return nil }
                let key = ObjectKey(String(Substring(object.key.utf8.dropFirst(prefix.utf8.count))))
                return StoredObject(key: key, size: object.size)
            }
            // Not every server knows start-after, or sorts as it should within a page.
            page = objects.filter { object in after.map { $0 < object.key } ?? true }.sorted { $0.key < $1.key }[...]
            isOver = listing.continuation == nil
            continuation = listing.continuation
        }
    }
}
