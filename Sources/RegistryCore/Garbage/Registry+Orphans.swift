internal import Logging

// Objects that no row knows: a crash between a blob's bytes and its row leaves them. Every object of a backend is listed to find
// them, so that is done once in a grace, and whatever is seen twice with the grace in between goes. Whoever stores something has
// a row for it before its first byte; the grace is for mistakes.
extension Registry {
    /// Notes what no row knows, and has what was noted before `limit`, a grace before `time`, removed.
    ///
    /// - Parameter told: as in ``forEachListing(_:at:limit:_:)``.
    func collectOrphans(
        _ told: Bool,
        at time: Timestamp,
        notedBefore limit: Timestamp,
        _ due: @Sendable (String) -> Timestamp,
        _ report: inout GarbageReport
    ) async throws {
        if told { try await metadata.forgetRestored() }
        report.restored = try await metadata.restored()
        let unlisted = try await forEachListing(told, at: time, limit: limit) { name, storage in
            try await forEachOrphan(on: name, storage) { objects in
                let removed = try await metadata.noteOrphans(
                    objects.map(\.key), on: name, at: now(), seenBefore: limit, due: due(name))
                report.orphans += removed
                report.youngOrphans += objects.count - removed
            }
            // Only at the end: what was not reached is looked for again.
            try await metadata.noteOrphansListed(on: name, at: now(), seenBefore: limit)
        }
        report.unlisted = unlisted
    }

    /// Calls `body` for every backend whose objects are to be listed now. One that cannot be listed holds up no other.
    ///
    /// - Parameters:
    ///   - told: list them all, where the database was restored too: somebody says that it speaks of everything.
    ///   - limit: a grace before `time`: those that were listed since are not, unless told.
    /// - Returns: why not, of those that were to be listed and could not be.
    func forEachListing(
        _ told: Bool,
        at time: Timestamp,
        limit: Timestamp,
        _ body: (_ backend: String, any BlobStorage) async throws -> Void
    ) async throws -> [String: String] {
        if !told {
            // What came after the snapshot is there, and the database does not know it.
            guard try await metadata.restored() == nil else { return [:] }
        }
        var failures: [String: String] = [:]
        for (name, storage) in backends.all.sorted(by: { $0.key < $1.key }) {
            try Task.checkCancellation()
            if !told, let last = try await metadata.installation(of: name)?.orphansListed {
                // A time to come is of a clock that was wrong.
                guard last < limit || last > time else { continue }
            }
            do {
                guard try await isOurs(name, storage) || told else { continue }
                try await body(name, storage)
            } catch let error where error is StorageError || error is ForeignStorage {
                if Task.isCancelled { throw CancellationError() }
                failures[name] = "\(error)"
            }
        }
        return failures
    }

    /// False: it does not say which storage it is, so that nobody but an operator knows whose objects it has. Throws when it is
    /// away, or somebody else's.
    private func isOurs(_ name: String, _ storage: any BlobStorage) async throws -> Bool {
        // Another one may be in its place by now; and one that was away at the start says only now which it is.
        try await storage.ready()
        try await metadata.checkInstallation(of: name, in: backends.all)
        return storage.installation != nil
    }

    /// A backend's objects that no row speaks of, a page's at a time. What is not called as our blobs' objects are is no concern
    /// of ours: snapshots of the database, or another installation's objects below a prefix that lies in this one's.
    func forEachOrphan(
        on name: String,
        _ storage: any BlobStorage,
        _ body: ([StoredObject]) async throws -> Void
    ) async throws {
        var page: [StoredObject] = []
        func look() async throws {
            try Task.checkCancellation()
            let unknown = Set(try await metadata.unknownObjects(among: page.map(\.key), on: name))
            if !unknown.isEmpty { try await body(page.filter { unknown.contains($0.key) }) }
            page.removeAll(keepingCapacity: true)
        }
        for try await object in storage.objects(after: nil) where object.key.isOfBlob {
            page.append(object)
            if page.count == 500 { try await look() }
        }
        try await look()
    }
}

extension ObjectKey {
    /// It is what the registry calls a blob's object.
    var isOfBlob: Bool {
        digest != nil || UploadID(description.suffix(36)).map { self == ObjectKey(nil, $0) } ?? false
    }
}
