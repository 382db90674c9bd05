import RegistryCore
import Synchronization

/// Parts that are being sent, by the upload. One that a dropped request left under way must be over before the next
/// request sends a part of the same number.
final class LiveParts: Sendable {
    private struct State {
        var counts: [UploadID: Int] = [:]
        var waiters: [UploadID: [CheckedContinuation<Void, Never>]] = [:]
    }
    private let state = Mutex(State())

    func begin(_ id: UploadID) { state.withLock { $0.counts[id, default: 0] += 1 } }

    func end(_ id: UploadID) {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            let left = (state.counts[id] ?? 1) - 1
            state.counts[id] = left > 0 ? left : nil
            return left > 0 ? [] : state.waiters.removeValue(forKey: id) ?? []
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when the upload has none.
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

    var isEmpty: Bool { state.withLock { $0.counts.isEmpty } }
}
