import NIOCore

/// What is to be read, and how.
package struct Scrub: Sendable, Hashable {
    /// A backend by its name in the configuration.
    package var backend: String
    /// Blobs that are read at once.
    package var jobs: Int
    /// Of all of them together; nil: as fast as it goes.
    package var bytesPerSecond: Int64?
    /// What is damaged is replaced by a good copy of another backend, if there is one.
    package var repairs: Bool

    package init(backend: String, jobs: Int = 4, bytesPerSecond: Int64? = nil, repairs: Bool = false) {
        self.backend = backend
        self.jobs = jobs
        self.bytesPerSecond = bytesPerSecond
        self.repairs = repairs
    }
}

/// What happens on the way and is worth a line.
package enum ScrubEvent: Sendable {
    /// A backend (nil: the metadata) does not answer. It is tried again until it does.
    case waiting(backend: String?, any Error)
    case resumed(backend: String?)
    case damaged(DamagedBlob)
    /// There is a good copy where the damaged one was.
    case repaired(BlobDamage, from: String)
    /// A copy to repair with could not be had from there, or not be stored.
    case notRepaired(Digest, from: String, reason: String)
    /// What was thought to be damaged is as it ought to be.
    case passed(BlobOnBackend)
    /// It could not be read, which says nothing about what is there.
    case unreadable(Digest, any Error)
}

/// Reads every blob of a backend, while others read and write, and notes those that are not what their digests say.
///
/// It goes on where it was when something stopped it, and begins anew when it was through.
package final class Scrubber: Sendable {
    let metadata: any MetadataStore
    let backends: BackendSet
    let scrub: Scrub
    let time: CopyTime
    let now: @Sendable () -> Timestamp
    let report: @Sendable (ScrubEvent) -> Void
    let patience: Patience
    let pace: Pace
    let count: Mutex<ScrubProgress>
    private let bytes = Mutex<Int64>(0)
    private let repairs = Mutex(0)
    private let failures = Mutex(0)
    /// It has found out where to go on.
    private let hasBegun = Mutex(false)
    /// What this run has told of already, and tried to repair.
    private let told = Mutex<Set<Digest>>([])

    package init(
        metadata: any MetadataStore,
        backends: BackendSet,
        scrub: Scrub,
        time: CopyTime = .system,
        now: @escaping @Sendable () -> Timestamp = { .now },
        report: @escaping @Sendable (ScrubEvent) -> Void = { _ in }
    ) {
        self.metadata = metadata
        self.backends = backends
        self.scrub = scrub
        self.time = time
        self.now = now
        self.report = report
        patience = Patience(
            time, probe: { try await backends.named($0).ready() }, waiting: { report(.waiting(backend: $0, $1)) },
            resumed: { report(.resumed(backend: $0)) })
        pace = Pace(bytesPerSecond: scrub.bytesPerSecond, time)
        count = Mutex(ScrubProgress(backend: scrub.backend, total: BlobCount(), started: now()))
    }

    /// How far it is at the moment, earlier runs that were stopped included.
    package var progress: ScrubProgress { count.withLock { $0 } }

    /// Bytes that this run has read.
    package var bytesRead: Int64 { bytes.withLock { $0 } }

    /// Objects that this run has replaced.
    package var repaired: Int { repairs.withLock { $0 } }

    /// Blobs of which this run could not say whether they are damaged.
    package var unreadable: Int { failures.withLock { $0 } }

    /// Returns when every blob was read; what is damaged is in ``ScrubStore/damages(on:after:limit:)``. Waits for as long as a
    /// backend does not answer. Throws when going on makes no sense: the configuration is wrong, or there is no room.
    ///
    /// No other run may be at work on the same metadata.
    package func run() async throws {
        let storage = try backends.named(scrub.backend)
        try await begin()
        do {
            if scrub.repairs { try await checkDamaged(on: storage) }
            try await checkAll(on: storage)
            if repaired > 0 { try await removeReplaced() }
        } catch {
            // Why it ends counts for more, and what was saved last is not much older.
            count.withLock { $0.state = .interrupted }
            try? await save()
            throw error
        }
        let end = now()
        count.withLock { progress in
            progress.finished = end
            progress.state = .finished
        }
        try await save()
    }

    /// Writes down how far it is, for whoever asks, and for the next run. Not before it knows how far the last run was.
    package func save() async throws {
        guard hasBegun.withLock({ $0 }) else { return }
        let time = now()
        let progress = count.withLock { progress in
            progress.updated = time
            return progress
        }
        try await metadata.saveScrub(progress)
    }

    private func begin() async throws {
        let last = try await metadata.scrubs().first { $0.backend == scrub.backend }
        let start: ScrubProgress
        if let last, last.state != .finished {
            start = last
        } else {
            start = ScrubProgress(
                backend: scrub.backend, total: try await metadata.countBlobs(on: scrub.backend), started: now(),
                finished: last?.finished)
        }
        count.withLock { progress in
            progress = start
            progress.state = .running
        }
        hasBegun.withLock { $0 = true }
        try await save()
    }

    /// What is known to be damaged, wherever an earlier run was stopped.
    private func checkDamaged(on storage: any BlobStorage) async throws {
        // They are counted again, but for those that are repaired.
        count.withLock { $0.damaged = $0.repaired }
        var last: Digest?
        while true {
            let page = try await patience.wait(for: nil) {
                try await metadata.damages(on: scrub.backend, after: last, limit: 100)
            }
            guard let end = page.last else { return }
            for damage in page { try await check(damage.blob, isDamaged: true, on: storage) }
            last = end.blob.digest
        }
    }

    private func checkAll(on storage: any BlobStorage) async throws {
        try await withThrowingTaskGroup(of: Digest.self) { group in
            var frontier = Frontier()
            var running = 0
            var last = count.withLock { $0.position }
            func takeOne() async throws {
                guard let digest = try await group.next() else { return }
                running -= 1
                let passed = frontier.finish(digest)
                count.withLock { progress in
                    for blob in passed {
                        progress.position = blob.digest
                        progress.checked.blobs += 1
                        progress.checked.bytes += blob.size
                    }
                }
            }
            while true {
                let page = try await patience.wait(for: nil) {
                    try await metadata.blobs(on: scrub.backend, after: last, limit: 500)
                }
                guard let end = page.last else { break }
                for (blob, isDamaged) in page {
                    if running == max(1, scrub.jobs) { try await takeOne() }
                    try Task.checkCancellation()
                    frontier.begin(blob)
                    running += 1
                    group.addTask { [self] in
                        try await check(blob, isDamaged: isDamaged, on: storage)
                        return blob.digest
                    }
                }
                last = end.blob.digest
            }
            while running > 0 { try await takeOne() }
        }
    }

    /// Deletes what was replaced. What does not go now, the server takes later.
    private func removeReplaced() async throws {
        let removals = Removals(metadata: metadata, backends: backends, now: now)
        _ = try await patience.wait(for: nil) { try await removals.removeDue(on: scrub.backend) }
    }

    /// Counts bytes as they come.
    func read(_ count: Int) { bytes.withLock { $0 += Int64(count) } }

    /// False: this run has told of it before.
    func noteDamaged(_ digest: Digest) -> Bool {
        guard told.withLock({ $0.insert(digest).inserted }) else { return false }
        count.withLock { $0.damaged += 1 }
        return true
    }

    func noteRepaired() {
        repairs.withLock { $0 += 1 }
        count.withLock { $0.repaired += 1 }
    }

    func noteUnreadable(_ digest: Digest, _ error: any Error) {
        failures.withLock { $0 += 1 }
        report(.unreadable(digest, error))
    }
}

/// Blobs that are at work in order, and end in any.
private struct Frontier {
    private var blobs: ArraySlice<BlobOnBackend> = []
    private var done: Set<Digest> = []

    mutating func begin(_ blob: BlobOnBackend) { blobs.append(blob) }

    /// Those before which nothing is at work any more, and that were not told of yet.
    mutating func finish(_ digest: Digest) -> [BlobOnBackend] {
        done.insert(digest)
        var passed: [BlobOnBackend] = []
        while let first = blobs.first, done.remove(first.digest) != nil {
            passed.append(first)
            blobs.removeFirst()
        }
        return passed
    }
}
