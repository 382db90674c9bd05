package import NIOCore

/// The snapshots of the database that are in a backend, where each is an object like a blob's.
package struct BackendSnapshots: Sendable {
    let metadata: any MetadataStore
    package let backend: String
    let storage: any BlobStorage
    let now: @Sendable () -> Timestamp

    /// The row that keeps others from removing an upload under way is touched so often.
    private static let touchInterval = Duration.seconds(60)

    package init(
        metadata: any MetadataStore,
        backend: String,
        storage: any BlobStorage,
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.metadata = metadata
        self.backend = backend
        self.storage = storage
        self.now = now
    }

    /// All of a backend's, the oldest first. Whatever else somebody has put among them is none.
    package static func list(_ storage: any BlobStorage) async throws -> [Snapshot] {
        var snapshots: [Snapshot] = []
        for try await object in storage.objects(after: ObjectKey("\(BackupKey.folder)/")) {
            guard object.key.isBackup else { break }
            if let key = BackupKey(object.key) { snapshots.append(Snapshot(object: object, time: key.time)) }
        }
        return snapshots
    }

    /// Hands out a snapshot's bytes.
    package static func read(
        _ snapshot: Snapshot,
        from storage: any BlobStorage,
        _ body: (ByteBuffer) throws -> Void
    ) async throws {
        let object = snapshot.object
        var count: Int64 = 0
        for try await buffer in try await storage.read(object, 0..<object.size).buffers() {
            try Task.checkCancellation()
            try body(buffer)
            count += Int64(buffer.readableBytes)
        }
        guard count == object.size else {
            throw StorageError(.failed, "\(object.key) ended after \(count) of its \(object.size) bytes")
        }
    }

    /// Stores the snapshot that `file` holds. It is of `time`, or a little later, so that it comes after all others.
    package func store(_ file: @Sendable () throws -> FileSlice, at time: Timestamp) async throws -> Snapshot {
        let newest = try await Self.list(storage).last
        let time = newest.map { max(time.inSeconds, $0.time + .seconds(1)) } ?? time.inSeconds
        let (digest, size) = try await hash(file)
        var plan = UploadPlan(id: UploadID(), length: size, digest: digest)
        plan.key = BackupKey(time: time, id: plan.id).key
        // To others it is a copy that is being made.
        try await metadata.beginCopy(
            BlobCopy(id: plan.id, backend: backend, digest: digest, key: plan.key, touched: now()))
        let object: StoredObject
        do {
            object = try await upload(file, plan)
        } catch {
            await drop(plan)
            throw error
        }
        try await metadata.endCopy(plan.id)
        return Snapshot(object: object, time: time)
    }

    /// Deletes all but the newest `count` of those made since `time`; never the newest. Older ones are another database's.
    ///
    /// - Returns: how many are gone.
    package func prune(keeping count: Int, since time: Timestamp) async throws -> Int {
        let old = try await Self.list(storage).filter { $0.time >= time.inSeconds }.dropLast(max(count, 1))
        guard !old.isEmpty else { return 0 }
        if let (key, error) = await storage.delete(old.map(\.object.key)).first {
            throw StorageError(.failed, "an old snapshot of the database stays, \(key)", cause: error)
        }
        return old.count
    }

    private func hash(_ file: () throws -> FileSlice) async throws -> (Digest, Int64) {
        let slice = try file()
        let size = slice.length
        var hasher = ContentHasher(.sha256)
        for try await buffer in BlobContent.file(slice).buffers() { hasher.update(buffer) }
        return (hasher.digest, size)
    }

    private func upload(_ file: () throws -> FileSlice, _ plan: UploadPlan) async throws -> StoredObject {
        guard let digest = plan.digest else { throw StorageError(.failed, "upload \(plan.id) has no digest") }
        let upload = try await storage.upload(plan)
        do {
            var hasher = ContentHasher(.sha256)
            var touched = ContinuousClock.now
            for try await buffer in BlobContent.file(try file()).buffers() {
                try Task.checkCancellation()
                hasher.update(buffer)
                try await upload.append(buffer)
                if touched.duration(to: .now) > Self.touchInterval {
                    _ = try await metadata.touchCopy(plan.id, at: now())
                    touched = .now
                }
            }
            guard hasher.digest == digest else { throw StorageError(.failed, "the snapshot changed while it was read") }
            return try await upload.commit(as: digest)
        } catch {
            try? await upload.abort()
            throw error
        }
    }

    /// Removes what there is of an upload, then its row. If that fails, the row stays, and the server does it later.
    private func drop(_ plan: UploadPlan) async {
        // Also when it was cancelled.
        await Task { [storage, metadata] in
            do {
                try await storage.discard(plan, nil)
                try await metadata.endCopy(plan.id)
            } catch {
                // See above.
            }
        }.value
    }
}

/// A snapshot of the database in a backend.
package struct Snapshot: Sendable, Hashable {
    package var object: StoredObject
    /// When it was made.
    package var time: Timestamp

    package init(object: StoredObject, time: Timestamp) {
        self.object = object
        self.time = time
    }
}
