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
            // So that nobody is given it, and a push heals it.
            let place = BlobLocation(backend: migration.source, key: blob.key)
            guard try await noteDamage(what, of: blob.digest, place) else { return }
            reason = "damaged on \(migration.source): \(what)"
        case .source(let error as StorageError) where error.code == .objectMissing || error.code == .objectDamaged:
            let place = BlobLocation(backend: migration.source, key: blob.key)
            guard try await noteDamage("\(error)", of: blob.digest, place) else { return }
            reason = "damaged on \(migration.source): \(error)"
        case .source(let error as StorageError) where error.code != .misconfigured:
            reason = "\(migration.source) cannot read it: \(error)"
        case .target(let error as StorageError) where error.code != .misconfigured && error.code != .full:
            reason = "\(migration.target) does not take it: \(error)"
        case .source(let error), .target(let error):
            throw error
        case nil:
            throw error
        }
        // Garbage collection may have come in between, or somebody who pushed it again.
        let place = BlobLocation(backend: migration.source, key: blob.key)
        let isThere = try await metadata.locations(of: blob.digest)
            .contains { $0.backend == place.backend && $0.key == place.key }
        if isThere { try await note(reason, of: blob.digest) }
    }

    /// False: the blob is not there any more, as garbage went or another migration came by. Then nothing was lost.
    func noteDamage(_ what: String, of digest: Digest, _ location: BlobLocation) async throws -> Bool {
        try await patiently(nil) { try await metadata.noteDamage(what, of: digest, at: location, at: now()) }
    }

    func note(_ reason: String, of digest: Digest) async throws {
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
