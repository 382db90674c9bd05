import NIOCore

/// What is to be moved, and how.
package struct Migration: Sendable, Hashable {
    /// Backends by their names in the configuration.
    package var source: String
    package var target: String
    /// Blobs that are copied at once.
    package var jobs: Int
    /// Of all of them together; nil: as fast as it goes.
    package var bytesPerSecond: Int64?
    /// What the target has is taken from the source.
    package var deletesSource: Bool
    /// Only what is in an adopted registry's files.
    package var onlyAdopted: Bool

    package init(
        source: String, target: String, jobs: Int = 4, bytesPerSecond: Int64? = nil, deletesSource: Bool = false,
        onlyAdopted: Bool = false
    ) {
        self.source = source
        self.target = target
        self.jobs = jobs
        self.bytesPerSecond = bytesPerSecond
        self.deletesSource = deletesSource
        self.onlyAdopted = onlyAdopted
    }
}

/// What happens on the way and is worth a line.
package enum MigrationEvent: Sendable {
    /// A backend (nil: the metadata) does not answer. It is tried again until it does.
    case waiting(backend: String?, any Error)
    case resumed(backend: String?)
    case failed(MigrationFailure)
    /// What was copied is taken from the source when nobody can have an address there any more.
    case waitingForReaders(until: Timestamp)
}

/// A blob that stays where it was.
package struct MigrationFailure: Sendable, Hashable {
    package var digest: Digest
    /// Those that have it, or the first of many.
    package var repositories: [RepositoryName]
    package var reason: String

    package init(digest: Digest, repositories: [RepositoryName], reason: String) {
        self.digest = digest
        self.repositories = repositories
        self.reason = reason
    }
}

/// Copies a backend's blobs to another while others read and write both, and takes them from the first if that is wanted.
///
/// All it knows is in the metadata: which blobs the target lacks. So it goes on where it stopped, whatever stopped it, and does
/// nothing when there is nothing left to do.
package final class Migrator: Sendable {
    let metadata: any MetadataStore
    let backends: BackendSet
    let migration: Migration
    let time: CopyTime
    let now: @Sendable () -> Timestamp
    let report: @Sendable (MigrationEvent) -> Void
    let count: Mutex<MigrationProgress>
    /// Blobs that are not tried again in this run.
    let failures = Mutex<[Digest: MigrationFailure]>([:])
    let patience: Patience
    let removed = Mutex(0)
    /// Throws while whoever serves could not find what is taken from the source.
    let mayTake: @Sendable () async throws -> Void

    package init(
        metadata: any MetadataStore,
        backends: BackendSet,
        migration: Migration,
        time: CopyTime = .system,
        now: @escaping @Sendable () -> Timestamp = { .now },
        mayTake: @escaping @Sendable () async throws -> Void = {},
        report: @escaping @Sendable (MigrationEvent) -> Void = { _ in }
    ) {
        self.metadata = metadata
        self.backends = backends
        self.migration = migration
        self.time = time
        self.now = now
        self.mayTake = mayTake
        self.report = report
        patience = Patience(
            time, probe: { try await backends.named($0).ready() }, waiting: { report(.waiting(backend: $0, $1)) },
            resumed: { report(.resumed(backend: $0)) })
        count = Mutex(
            MigrationProgress(
                source: migration.source, target: migration.target, total: BlobCount(), started: now()))
    }

    /// Over a source that new blobs still go to, which might never end.
    private static let mostPasses = 3

    /// How far it is at the moment.
    package var progress: MigrationProgress { count.withLock { $0 } }

    /// What could not be moved, in order of the digests.
    package var failed: [MigrationFailure] {
        failures.withLock { $0.values.sorted { $0.digest.description < $1.digest.description } }
    }

    /// Objects that were deleted on the source.
    package var removedFromSource: Int { removed.withLock { $0 } }

    /// What there is to copy.
    package func countBlobs() async throws -> BlobCount {
        try await metadata.countBlobs(
            on: migration.source, lackingOn: migration.target, onlyAdopted: migration.onlyAdopted)
    }

    /// How fast the source can be read, in bytes a second, as a few of the blobs show; nil: there is nothing to read. Blobs are
    /// read for no longer than `limit`, or until `bytes` have come. No copy is faster than this.
    package func sourceSpeed(within limit: Duration, bytes: Int64 = 256 << 20) async throws -> Int64? {
        let source = try backends.named(migration.source)
        let blobs = try await metadata.blobs(
            on: migration.source, lackingOn: migration.target, onlyAdopted: migration.onlyAdopted, after: nil,
            limit: 500)
        let start = time.elapsed()
        var taken: Int64 = 0
        reading: for blob in blobs {
            var hasher = ContentHasher(blob.digest.algorithm)
            do {
                for try await buffer in try await source.read(blob.object, 0..<blob.size).buffers() {
                    hasher.update(buffer)
                    taken += Int64(buffer.readableBytes)
                    if taken >= bytes || time.elapsed() - start > limit { break reading }
                }
            } catch {
                // One that cannot be read is the copy's to report.
                try Task.checkCancellation()
                if time.elapsed() - start > limit { break }
            }
        }
        let seconds = (time.elapsed() - start) / Duration.seconds(1)
        return taken > 0 && seconds > 0 ? Int64(Double(taken) / seconds) : nil
    }

    /// Returns when all is done that can be done; what could not is in ``failed``. Waits for as long as a backend does not answer.
    /// Throws when going on makes no sense: the configuration is wrong, or there is no room.
    ///
    /// No other run may be at work on the same metadata.
    package func run() async throws {
        let (source, target) = (try backends.named(migration.source), try backends.named(migration.target))
        let total = try await countBlobs()
        count.withLock { $0.total = total }
        let leftovers = try await patiently(migration.target) { try await discardLeftovers(on: target) }
        let copier = BlobCopier(
            metadata: metadata, source: source, target: target, targetName: migration.target,
            pace: Pace(bytesPerSecond: migration.bytesPerSecond, time), time: time, now: now)
        // Clients push meanwhile. The last pass finds nothing new, unless what they push goes on coming to the source.
        var passes = 0
        repeat {
            passes += 1
        } while try await copyAll(with: copier) > 0
            && (backends.active != migration.source || passes < Self.mostPasses)
        await copier.dropLeftovers()
        try await patiently(migration.target) { try await endLeftovers(leftovers, on: target) }
        if migration.deletesSource { try await takeFromSource(source, target) }
    }

    /// Removes what earlier runs left when they were killed: their copies. The rows stay for ``endLeftovers(_:on:)``.
    private func discardLeftovers(on target: any BlobStorage) async throws -> [BlobCopy] {
        // Whatever the clock says: nobody else makes copies of blobs.
        let all = Timestamp(milliseconds: .max)
        let copies = try await metadata.idleCopies(since: all, limit: 10_000)
            .filter { $0.backend == migration.target && !$0.key.isBackup }
        for copy in copies { try await target.discard(copy.plan, nil) }
        return copies
    }

    /// A request that had gone out before its process was killed may have been carried out after all since they were removed.
    private func endLeftovers(_ copies: [BlobCopy], on target: any BlobStorage) async throws {
        for copy in copies {
            try await target.discard(copy.plan, nil)
            try await metadata.endCopy(copy.id)
        }
    }

    /// Goes once through everything that the target lacks. How much was copied.
    private func copyAll(with copier: BlobCopier) async throws -> Int {
        let feed = BlobFeed { [metadata, migration] after in
            try await metadata.blobs(
                on: migration.source, lackingOn: migration.target, onlyAdopted: migration.onlyAdopted, after: after,
                limit: 500)
        }
        return try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<max(1, migration.jobs) {
                group.addTask { [self] in
                    var copied = 0
                    while let blob = try await patiently(nil, { try await feed.next() }) {
                        try Task.checkCancellation()
                        guard failures.withLock({ $0[blob.digest] == nil }) else { continue }
                        if try await move(blob, with: copier) { copied += 1 }
                    }
                    return copied
                }
            }
            return try await group.reduce(0, +)
        }
    }

    /// False: it could not be copied, and that is noted; or there was no need any more.
    private func move(_ blob: BlobOnBackend, with copier: BlobCopier) async throws -> Bool {
        var coming: Int64 = 0
        do {
            let outcome = try await patiently(nil) {
                // What came before it failed is not there.
                count.withLock { $0.copied.bytes -= coming }
                coming = 0
                func progress(_ bytes: Int) {
                    coming += Int64(bytes)
                    count.withLock { $0.copied.bytes += Int64(bytes) }
                }
                do {
                    return try await copier.copy(blob, progress: progress)
                } catch let error as CopyFailure where error.isDamage {
                    // The way may have been at fault: it is damaged if it comes so twice.
                    count.withLock { $0.copied.bytes -= coming }
                    coming = 0
                    return try await copier.copy(blob, progress: progress)
                }
            }
            guard outcome == .stored else {
                count.withLock { $0.copied.bytes -= coming }
                // The next pass sees what is gone: the blob, or only the copy's row.
                return outcome == .gone
            }
            count.withLock { $0.copied.blobs += 1 }
            return true
        } catch {
            count.withLock { $0.copied.bytes -= coming }
            try await note(error, of: blob)
            return false
        }
    }
}

/// Hands out blobs, page by page, in order.
private actor BlobFeed {
    private let page: @Sendable (Digest?) async throws -> [BlobOnBackend]
    private var blobs: ArraySlice<BlobOnBackend> = []
    private var last: Digest?
    private var isOver = false

    init(page: @escaping @Sendable (Digest?) async throws -> [BlobOnBackend]) { self.page = page }

    func next() async throws -> BlobOnBackend? {
        if blobs.isEmpty, !isOver {
            // Two may ask at once; the second finds what the first has brought.
            let after = last
            let found = try await page(after)
            if after == last, blobs.isEmpty {
                blobs = found[...]
                last = found.last?.digest ?? last
                isOver = found.isEmpty
            }
        }
        return blobs.popFirst()
    }
}
