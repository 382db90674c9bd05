import Logging
import NIOCore
import RegistryCore
import Synchronization

/// Blobs in a bucket of an S3 server.
///
///     <prefix>registryd-storage                          whose storage this is
///     <prefix>blobs/sha256/9f/9f86….4c2f0e7a-…           objects, by their keys
///     <prefix>docker/registry/v2/…                       another registry's, by foreign keys
final class S3Storage: BlobStorage {
    let client: S3Client
    let spool: SpoolFolder
    let budget: PartBudget
    let live = LiveUploads()
    let logger: Logger
    /// Bytes.
    let partSize: Int64
    /// nil: the registry serves blobs itself.
    let redirect: S3Redirect?
    let opening: Mutex<Opening>
    /// What it is to be if there is no marker; nil: there is to be one.
    let newInstallation: String?
    /// Throws unless this is whose storage it is to be.
    let admit: @Sendable (any BlobStorage) async throws -> Void
    private let time: ClientTime

    init(
        _ client: S3Client,
        spool: SpoolFolder,
        budget: PartBudget,
        partSize: Int64,
        redirect: S3Redirect? = nil,
        installation: String? = UploadID().description,
        opening: Opening = Opening(),
        admit: @escaping @Sendable (any BlobStorage) async throws -> Void = { _ in },
        time: ClientTime = .system,
        logger: Logger
    ) {
        self.client = client
        self.spool = spool
        self.budget = budget
        self.partSize = partSize
        self.redirect = redirect
        newInstallation = installation
        self.opening = Mutex(opening)
        self.admit = admit
        self.time = time
        self.logger = logger
    }

    /// This one, open as what was found, for whoever is to say whether that is right.
    func candidate(_ installation: String) -> S3Storage {
        S3Storage(
            client, spool: spool, budget: budget, partSize: partSize, redirect: redirect, installation: nil,
            opening: Opening(installation: installation, isOpen: true), time: time, logger: logger)
    }

    var limits: StorageLimits {
        StorageLimits(
            largestObject: PartSize.largestObject, preferredChunk: partSize, urlLifetime: redirect?.expires)
    }

    func upload(_ plan: UploadPlan) async throws -> any BlobUpload {
        try await checkOpen()
        let tail = PartTail(plan.id, spool, budget, live, time)
        await live.settle(plan.id)
        if spool.knows(plan.id) {
            try await storageErrors { try await live.during(tail) { try await end(plan, nil) } }
        }
        let partSize = PartSize.of(plan.length, configured: partSize)
        return S3Upload(self, plan, tail, partSize: partSize)
    }

    func resume(_ plan: UploadPlan, from checkpoint: UploadCheckpoint) async throws -> any BlobUpload {
        // A checkpoint at 0 has nothing: going on from there is beginning.
        guard checkpoint.offset > 0 else { return try await upload(plan) }
        try await checkOpen()
        let saved = try S3Checkpoint(checkpoint, of: plan.id)
        guard saved.hasKey(of: plan) else {
            throw StorageError(.checkpointLost, "upload \(plan.id): the parts it has sent are for another digest")
        }
        let tail = PartTail(plan.id, spool, budget, live, time)
        await live.settle(plan.id)
        return try await live.during(tail) { try await resume(plan, from: saved, tail) }
    }

    private func resume(
        _ plan: UploadPlan, from saved: S3Checkpoint, _ tail: PartTail
    ) async throws -> any BlobUpload {
        let (id, folder) = (plan.id, spool)
        let (file, note) = try await folder.run {
            folder.enter(id)
            // What a request that failed left of its part, which would fill the disk for nothing.
            try folder.removeTails(id, but: saved.spooled > 0 ? saved.generation : nil)
            return (
                saved.spooled > 0
                    ? try SpoolFile.resume(
                        folder.tail(id, saved.generation), stamp: saved.stamp, length: saved.spooled) : nil,
                try UploadNote(folder, id)
            )
        }
        // Begun by a request that did not live to say so.
        if let note, note.speaksOfMore(than: saved.multipart) {
            try await storageErrors { try await abort(note, but: saved.multipart?.uploadID) }
            try await folder.run { try note.replace(with: saved.multipart, folder, id) }
        }
        if let file { tail.resume(file, generation: saved.generation, length: saved.spooled) }
        // Nothing is bound to the length of parts before there is one.
        let partSize =
            saved.multipart == nil ? PartSize.of(plan.length, configured: saved.partSize) : saved.partSize
        return S3Upload(self, plan, tail, partSize: partSize, multipart: saved.multipart)
    }

    func discard(_ plan: UploadPlan, _ checkpoint: UploadCheckpoint?) async throws {
        try await checkOpen()
        await live.evict(plan.id)
        try await storageErrors {
            let saved = try? checkpoint.map { try S3Checkpoint($0, of: plan.id) }
            try await end(plan, saved?.multipart, isThorough: true)
            // The row's digest may have changed since the multipart upload got its key.
            let keys = [UploadPlan(id: plan.id).key, plan.key, saved?.multipart?.key].compactMap(\.self)
            let names = Set(keys).map(name(of:))
            if let error = await client.delete(names).values.first { throw error }
        }
    }

    func read(_ object: StoredObject, _ range: Range<Int64>) async throws -> BlobContent {
        guard range.lowerBound >= 0, range.upperBound <= object.size else {
            throw StorageError(.failed, "\(object.key) has no bytes \(range): it has \(object.size)")
        }
        let name = try checkedName(of: object.key)
        try await checkOpen()
        let isThere = try await storageErrors {
            // S3 has no empty ranges.
            range.isEmpty ? try await client.size(of: name) != nil : true
        }
        guard isThere else { throw StorageError(.objectMissing, "the object \(name) is not there") }
        guard !range.isEmpty else {
            return .stream(AsyncThrowingStream<ByteBuffer, any Error> { $0.finish() })
        }
        let body = try await storageErrors { try await client.read(name, range, of: object.size) }
        return .stream(body)
    }

    func delete(_ keys: [ObjectKey]) async -> [ObjectKey: any Error] {
        do {
            try await checkOpen()
        } catch {
            return Dictionary(keys.map { ($0, error) }) { first, _ in first }
        }
        var failures: [ObjectKey: any Error] = [:]
        var names: [String: ObjectKey] = [:]
        for key in keys {
            do { names[try checkedName(of: key)] = key } catch { failures[key] = error }
        }
        for (name, error) in await client.delete(Array(names.keys)) {
            if let key = names[name] { failures[key] = StorageError(error) }
        }
        return failures
    }

    func objects(after: ObjectKey?) -> any AsyncSequence<StoredObject, any Error> & Sendable {
        S3Objects(storage: self, after: after)
    }

    func foreignObjects(below path: ObjectKey) -> any AsyncSequence<StoredObject, any Error> & Sendable {
        S3ForeignObjects(storage: self, path: path)
    }

    /// Those that keep something in the spool. What only the server has is an upload's that has a row, or had one here.
    func unfinished() -> any AsyncSequence<UploadID, any Error> & Sendable {
        AsyncThrowingStream { [spool] continuation in
            Task {
                do {
                    for id in try await spool.run({ try spool.uploads() }) {
                        // Its blob is there.
                        if let completed = try await spool.run({ try UploadNote(spool, id)?.completed }) {
                            await endOthers(than: completed, id, client)
                        } else {
                            continuation.yield(id)
                        }
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
        }
    }
}

extension S3Storage {
    /// What all objects' names begin with.
    var objectPrefix: String { client.address.prefix + "blobs/" }

    /// What S3 knows the object as.
    func name(of key: ObjectKey) -> String {
        guard key.isForeign else { return objectPrefix + key.description }
        // By bytes: a combining character after the slash makes one character with it.
        return client.address.prefix + String(Substring(key.description.utf8.dropFirst()))
    }

    func storageErrors<T>(_ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch let error as CancellationError {
            throw error
        } catch {
            throw StorageError(error)
        }
    }
}
