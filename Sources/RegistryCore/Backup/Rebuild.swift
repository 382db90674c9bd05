/// Makes the rows of blobs anew from the objects of a backend. Nothing else uses the registry meanwhile, as objects that are
/// on their way out must not come back.
package struct Rebuild: Sendable {
    let metadata: any MetadataStore
    let backend: String
    let storage: any BlobStorage
    /// Read every object that no row speaks of, whatever its name says.
    let verifies: Bool
    let now: @Sendable () -> Timestamp

    private static let page = 500

    package init(
        metadata: any MetadataStore,
        backend: String,
        storage: any BlobStorage,
        verifies: Bool,
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.metadata = metadata
        self.backend = backend
        self.storage = storage
        self.verifies = verifies
        self.now = now
    }

    /// - Parameter report: What it has done is in there, also when it throws or is cancelled: that stays done.
    package func run(
        _ report: inout RebuildReport,
        progress: @Sendable (RebuildReport) -> Void = { _ in }
    ) async throws {
        var page: [StoredObject] = []
        for try await object in storage.objects(after: nil) {
            guard !object.key.isBackup else {
                report.snapshots += 1
                continue
            }
            page.append(object)
            if page.count == Self.page {
                try await take(page, &report)
                progress(report)
                page.removeAll(keepingCapacity: true)
            }
        }
        try await take(page, &report)
    }

    private func take(_ page: [StoredObject], _ report: inout RebuildReport) async throws {
        try Task.checkCancellation()
        report.objects += page.count
        let unknown = Set(try await metadata.unknownObjects(among: page.map(\.key), on: backend))
        report.known += page.count - unknown.count
        var blobs: [RebuiltBlob] = []
        for object in page where unknown.contains(object.key) {
            guard let digest = try await digest(of: object, &report) else { continue }
            blobs.append(RebuiltBlob(digest: digest, object: object))
        }
        guard !blobs.isEmpty else { return }
        report.counts += try await metadata.rebuild(blobs, on: backend, at: now())
    }

    /// nil: it is not known, or not what the object's name says.
    private func digest(of object: StoredObject, _ report: inout RebuildReport) async throws -> Digest? {
        let named = object.key.digest
        guard named != nil || object.key.isUnnamed else {
            report.strangers += 1
            return nil
        }
        if verifies {
            guard let digest = try await readDigest(of: object, named, &report) else { return nil }
            _ = try await hasLost(digest, object.size)
            return digest
        }
        guard let named else {
            report.unnamed += 1
            return nil
        }
        // What is to take another object's place is not believed on its name.
        return try await hasLost(named, object.size) ? try await readDigest(of: object, named, &report) : named
    }

    private func readDigest(
        of object: StoredObject, _ named: Digest?, _ report: inout RebuildReport
    ) async throws -> Digest? {
        try Task.checkCancellation()
        let digest: Digest
        do {
            digest = try await storage.digest(of: object, named?.algorithm ?? .sha256)
        } catch let error as StorageError where error.code != .unavailable && error.code != .slowDown {
            report.damaged.append((object.key, "\(error)"))
            return nil
        }
        guard named == nil || named == digest else {
            report.damaged.append((object.key, "its content has digest \(digest)"))
            return nil
        }
        return digest
    }

    /// Whether the blob's row names an object on this backend that is damaged, or that is not there; which is noted, so that another
    /// takes its place.
    private func hasLost(_ digest: Digest, _ size: Int64) async throws -> Bool {
        let locations = try await metadata.locations(of: digest)
        guard let location = locations.first(where: { $0.backend == backend }) else { return false }
        if location.isDamaged { return true }
        guard try await metadata.blobStanding(digest)?.size == size else { return false }
        let (object, range) = (StoredObject(key: location.key, size: size), 0..<min(1, size))
        guard try await storage.damage(to: object, in: range) != nil else { return false }
        // What one answer says may be a proxy's.
        try await storage.ready()
        guard let damage = try await storage.damage(to: object, in: range) else { return false }
        return try await metadata.noteDamage("\(damage)", of: digest, at: location, at: now())
    }
}

extension ObjectKey {
    /// Its object is a blob's whose digest was not known when the first byte was sent.
    fileprivate var isUnnamed: Bool {
        guard let id = UploadID(description.suffix(36)) else { return false }
        return self == ObjectKey(nil, id)
    }
}

/// What was found in a backend.
package struct RebuildReport: Sendable {
    /// But for snapshots.
    package var objects = 0
    /// Objects that some row speaks of.
    package var known = 0
    package var counts = RebuildCounts()
    /// Snapshots of the database.
    package var snapshots = 0
    /// Objects that are a blob's, but only their content says whose.
    package var unnamed = 0
    /// Objects whose names registryd does not give.
    package var strangers = 0
    /// Objects that are not what their names say, or cannot be read.
    package var damaged: [(key: ObjectKey, why: String)] = []

    package init() {}
}
