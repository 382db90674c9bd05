// A backend that is away comes back: whatever needs it waits, and says so once. What does not pass is noted of its blob, or ends
// the run.
extension Migrator {
    /// Does it until it succeeds, or fails for a reason that does not pass.
    ///
    /// - Parameter backend: which one `body` speaks to, if it is one only.
    func patiently<T>(_ backend: String?, _ body: () async throws -> T) async throws -> T {
        try await patience.wait(for: backend, copying: (migration.source, migration.target), body)
    }

    /// Notes that a blob was not copied. Throws when that is no matter of this blob.
    func note(_ error: any Error, of blob: BlobOnBackend) async throws {
        // What a cancelled transfer says of its end is no news.
        try Task.checkCancellation()
        let reason: String
        switch error as? CopyFailure {
        case .damaged(let what):
            reason = "damaged on \(migration.source): \(what)"
        case .source(let error as StorageError) where error.code != .misconfigured:
            reason = "\(migration.source) cannot read it: \(error)"
        case .target(let error as StorageError) where error.code != .misconfigured && error.code != .full:
            reason = "\(migration.target) does not take it: \(error)"
        case .source(let error), .target(let error):
            throw error
        case nil:
            throw error
        }
        try await note(reason, of: blob.digest)
    }

    func note(_ reason: String, of digest: Digest) async throws {
        // Garbage collection may have come in between.
        guard try await metadata.locations(of: digest).contains(where: { $0.backend == migration.source }) else {
            return
        }
        let failure = MigrationFailure(
            digest: digest,
            repositories: try await metadata.repositories(having: digest, .all, limit: 10).sorted {
                $0.description < $1.description
            },
            reason: reason)
        let isNew = failures.withLock { $0.updateValue(failure, forKey: digest) == nil }
        guard isNew else { return }
        count.withLock { $0.failed += 1 }
        report(.failed(failure))
    }
}
