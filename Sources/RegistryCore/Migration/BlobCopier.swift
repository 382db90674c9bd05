import NIOCore

/// Copies blobs from one backend to another, one at a time, and verifies each as it streams through.
final class BlobCopier: Sendable {
    let metadata: any MetadataStore
    let source: any BlobStorage
    let target: any BlobStorage
    /// The target's name.
    let targetName: String
    let pace: Pace
    let time: CopyTime
    let now: @Sendable () -> Timestamp
    /// Copies that broke off as the target went away, and of which it may have something.
    private let leftovers = Mutex<[UploadPlan]>([])

    init(
        metadata: any MetadataStore,
        source: any BlobStorage,
        target: any BlobStorage,
        targetName: String,
        pace: Pace,
        time: CopyTime,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.metadata = metadata
        self.source = source
        self.target = target
        self.targetName = targetName
        self.pace = pace
        self.time = time
        self.now = now
    }

    /// Its row is touched so often, so that nobody takes the copy for one that a crash left.
    private static let touchInterval = Duration.seconds(60)

    /// When it returns, the blob has its object on the target, durably, or is gone. When it throws ``CopyFailure``, or is
    /// cancelled, nothing of it is left on the target, or a row says what.
    ///
    /// - Parameter progress: is given how many bytes have come, as they come.
    func copy(_ blob: BlobOnBackend, progress: (Int) -> Void) async throws -> CopyCommit {
        let copy = BlobCopy(id: UploadID(), backend: targetName, digest: blob.digest, touched: now())
        let plan = UploadPlan(id: copy.id, length: blob.size, digest: blob.digest)
        try await metadata.beginCopy(copy)
        let object: StoredObject
        do {
            object = try await transfer(blob, plan, progress)
        } catch let error as CopyFailure where error.isTargetAway && !Task.isCancelled {
            // It would not hear of it.
            leftovers.withLock { $0.append(plan) }
            throw error
        } catch {
            // A request that was broken off may be carried out all the same, after this: the row stays, and the next run looks.
            await drop(plan, keepingRow: Task.isCancelled)
            throw error
        }
        await dropLeftovers()
        let outcome = try await metadata.commitCopy(copy, at: object)
        if outcome != .stored, await target.delete([object.key]).isEmpty {
            // Otherwise it is among what is to be removed.
            try await metadata.endRemovals([Removal(backend: targetName, key: object.key, due: copy.touched)])
        }
        return outcome
    }

    private func transfer(_ blob: BlobOnBackend, _ plan: UploadPlan, _ progress: (Int) -> Void) async throws
        -> StoredObject
    {
        // Before the target hears of it: there may be nothing to copy.
        let content = try await reading { try await source.read(blob.object, 0..<blob.size).buffers() }
        let upload = try await writing { try await target.upload(plan) }
        do {
            var buffers = content.makeAsyncIterator()
            var hasher = PartwiseHasher(ContentHasher(blob.digest.algorithm))
            hasher.feed(upload)
            var touched = time.elapsed()
            while var buffer = try await reading({ try await buffers.next(isolation: nil) }) {
                try Task.checkCancellation()
                let count = buffer.readableBytes
                try await pace.take(count)
                while let piece = hasher.next(of: &buffer) { try await writing { try await upload.append(piece) } }
                progress(count)
                if time.elapsed() - touched > Self.touchInterval {
                    _ = try await metadata.touchCopy(plan.id, at: now())
                    touched = time.elapsed()
                }
            }
            let digest = hasher.blob.digest
            guard digest == blob.digest else { throw CopyFailure.damaged("its content has digest \(digest)") }
            return try await writing { try await upload.commit(as: digest) }
        } catch {
            // What it could not remove, `drop` does. A target that is away would only have it wait.
            if (error as? CopyFailure)?.isTargetAway != true || Task.isCancelled { try? await upload.abort() }
            throw error
        }
    }

    /// Removes what broken copies have left, now that the target is there again.
    func dropLeftovers() async {
        let plans = leftovers.withLock { plans in
            defer { plans = [] }
            return plans
        }
        for plan in plans { await drop(plan) }
    }

    /// Removes what there is of a copy, then its row. If that fails, the row stays, and whoever comes later does it.
    private func drop(_ plan: UploadPlan, keepingRow: Bool = false) async {
        let (target, metadata) = (target, metadata)
        // Also when it was cancelled.
        let work = Task {
            do {
                try await target.discard(plan, nil)
                if !keepingRow { try await metadata.endCopy(plan.id) }
            } catch {
                // See above.
            }
        }
        // Whoever interrupts does not want to wait for a server that hangs. The row stays in any case.
        let pause = time.pause
        let timer = Task {
            guard keepingRow else { return }
            try await pause(Self.farewell)
            work.cancel()
        }
        await work.value
        timer.cancel()
    }

    /// What a copy that is interrupted has to leave nothing behind.
    private static let farewell = Duration.seconds(3)

    private func reading<T>(_ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch let error as CancellationError {
            throw error
        } catch {
            throw CopyFailure.source(error)
        }
    }

    private func writing<T>(_ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch let error as CancellationError {
            throw error
        } catch {
            throw CopyFailure.target(error)
        }
    }
}

/// Why a blob was not copied.
enum CopyFailure: Error {
    /// The source has not got it right.
    case damaged(String)
    case source(any Error)
    case target(any Error)

    /// The source gives other bytes than were stored, or none.
    var isDamage: Bool {
        switch self {
        case .damaged: true
        case .source(let error as StorageError): error.code == .objectMissing || error.code == .objectDamaged
        default: false
        }
    }

    var isTargetAway: Bool {
        guard case .target(let error as StorageError) = self else { return false }
        return error.code == .unavailable || error.code == .slowDown
    }
}
