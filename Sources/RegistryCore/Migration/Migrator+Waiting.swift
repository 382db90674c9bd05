// A backend that is away comes back: whatever needs it waits, and says so once. What does not pass is noted of its blob, or ends
// the run.
extension Migrator {
    private static let longestPause = Duration.seconds(15)

    /// Does it until it succeeds, or fails for a reason that does not pass.
    ///
    /// - Parameter backend: which one `body` speaks to, if it is one only.
    func patiently<T>(_ backend: String?, _ body: () async throws -> T) async throws -> T {
        var pause = Duration.seconds(1)
        var waited: Set<String?> = []
        while true {
            do {
                let value = try await body()
                for name in waited where down.withLock({ $0.remove(name) != nil }) { report(.resumed(backend: name)) }
                return value
            } catch {
                // What a cancelled transfer says of its end is no news.
                try Task.checkCancellation()
                let (name, cause) = subject(of: error, backend)
                guard Self.mayPass(cause) else {
                    // Whoever waits next is to say so again.
                    down.withLock { $0.subtract(waited) }
                    throw error
                }
                waited.insert(name)
                if down.withLock({ $0.insert(name).inserted }) { report(.waiting(backend: name, cause)) }
                try await time.pause(pause)
                pause = min(pause * 2, Self.longestPause)
            }
        }
    }

    /// Which backend an error is of (nil: the metadata), and what it says.
    private func subject(of error: any Error, _ backend: String?) -> (String?, any Error) {
        switch error as? CopyFailure {
        case .source(let error): (migration.source, error)
        case .target(let error): (migration.target, error)
        default: (backend, error)
        }
    }

    private static func mayPass(_ error: any Error) -> Bool {
        switch error {
        case let error as StorageError: error.code == .unavailable || error.code == .slowDown
        case let error as MetadataError: error.code == .unavailable
        default: false
        }
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
