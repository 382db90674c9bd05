import RegistryCore
import Synchronization

/// Which request has each upload, and what is under way for it: parts, and writes to its files.
///
/// A request that ends early leaves some of that under way, and one whose client is gone may not know it yet. The next request to
/// the upload goes on from the checkpoint: from then on the earlier one must neither write the same files nor send parts of the
/// same numbers.
final class LiveUploads: Sendable {
    private struct State {
        /// A request is known by its tail, which lives for as long as anything may be written for it.
        var current: [UploadID: ObjectIdentifier] = [:]
        var counts: [UploadID: Int] = [:]
        var waiters: [UploadID: [CheckedContinuation<Void, Never>]] = [:]
    }
    private let state = Mutex(State())

    /// The upload is `tail`'s. An earlier one begins nothing any more; ``settle(_:)`` waits for what it has begun.
    func enter(_ tail: PartTail) { state.withLock { $0.current[tail.id] = ObjectIdentifier(tail) } }

    func leave(_ tail: PartTail) {
        state.withLock { state in
            if state.current[tail.id] == ObjectIdentifier(tail) { state.current[tail.id] = nil }
        }
    }

    /// Takes the upload from whoever has it; returns when nothing is under way.
    func evict(_ id: UploadID) async {
        state.withLock { _ = $0.current.removeValue(forKey: id) }
        await settle(id)
    }

    func isCurrent(_ tail: PartTail) -> Bool { state.withLock { $0.current[tail.id] == ObjectIdentifier(tail) } }

    /// Something is under way until ``end(_:)``. Throws if a later request has the upload.
    func begin(_ tail: PartTail) throws(StorageError) {
        let isCurrent = state.withLock { state in
            guard state.current[tail.id] == ObjectIdentifier(tail) else { return false }
            state.counts[tail.id, default: 0] += 1
            return true
        }
        guard isCurrent else { throw StorageError(.unavailable, "upload \(tail.id): a later request goes on with it") }
    }

    func end(_ id: UploadID) {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            let left = (state.counts[id] ?? 1) - 1
            state.counts[id] = left > 0 ? left : nil
            return left > 0 ? [] : state.waiters.removeValue(forKey: id) ?? []
        }
        for waiter in waiters { waiter.resume() }
    }

    /// What is done in `body` is under way.
    func during<T>(_ tail: PartTail, _ body: () async throws -> T) async throws -> T {
        try begin(tail)
        defer { end(tail.id) }
        return try await body()
    }

    /// Returns when nothing is under way.
    func settle(_ id: UploadID) async {
        await withCheckedContinuation { continuation in
            let isSettled = state.withLock { state in
                guard state.counts[id] != nil else { return true }
                state.waiters[id, default: []].append(continuation)
                return false
            }
            if isSettled { continuation.resume() }
        }
    }

    /// Of all uploads.
    var isEmpty: Bool { state.withLock { $0.counts.isEmpty } }

    /// Somebody waits until what is under way is over.
    func isAwaited(_ id: UploadID) -> Bool { state.withLock { $0.waiters[id] != nil } }
}
