import NIOCore
import RegistryCore
import Synchronization

/// The memory for parts of all uploads of the process together (`upload-memory`).
///
/// Reserved by whole parts, first come, first served, so that nobody waits half-full for another. While somebody
/// waits, uploads whose clients have stalled, or are slow, move what they have to the spool.
package final class PartBudget: Sendable {
    /// The one of the process. `upload-memory` sets its limit.
    package static let process = PartBudget(limit: 256 << 20)

    private struct Waiter {
        var number: UInt64
        var bytes: Int
        var continuation: CheckedContinuation<Void, any Error>
    }
    private struct Holder {
        weak var tail: PartTail?
    }
    private struct State {
        var limit: Int
        var used = 0
        var number: UInt64 = 0
        var waiters: [Waiter] = []
        var cancelled: Set<UInt64> = []
        var holders: [ObjectIdentifier: Holder] = [:]
        var isWatching = false

        /// What parts may have. Uploads have more in memory than parts: what their connections read, and, of those that wait, what
        /// they bring.
        var room: Int {
            limit - min(limit / 3, waiters.count * PartBudget.waiterSize + holders.count * PartBudget.holderSize)
        }
    }
    private static let waiterSize = 768 << 10
    private static let holderSize = 512 << 10
    private let state: Mutex<State>
    let blocks = PartBlocks()
    /// How long a client may keep silent while others wait.
    private let patience: Duration
    private let time: ClientTime

    init(limit: Int, patience: Duration = .seconds(2), time: ClientTime = .system) {
        state = Mutex(State(limit: limit))
        self.patience = patience
        self.time = time
    }

    /// Bytes. Uploads that hold more go on until their parts are sent.
    package var limit: Int {
        get { state.withLock { $0.limit } }
        set { wake { $0.limit = newValue } }
    }

    var used: Int { state.withLock { $0.used } }
    var waiting: Int { state.withLock { $0.waiters.count } }

    /// Returns once `bytes` are the caller's, who gives them back with ``release(_:)``. False: there will never be as
    /// many.
    func reserve(_ bytes: Int) async throws -> Bool {
        enum Outcome { case granted, never, wait(UInt64) }
        let outcome: Outcome = state.withLock { state in
            guard bytes <= state.limit else { return .never }
            if state.waiters.isEmpty, state.used + bytes <= state.room || state.used == 0 {
                state.used += bytes
                return .granted
            }
            state.number += 1
            return .wait(state.number)
        }
        guard case .wait(let number) = outcome else {
            if case .never = outcome { return false }
            return true
        }
        defer { state.withLock { _ = $0.cancelled.remove(number) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enqueue(Waiter(number: number, bytes: bytes, continuation: continuation))
            }
        } onCancel: {
            cancel(number)
        }
        return true
    }

    /// - Parameter buffers: What was gathered in them. Also where nothing was reserved: what is idle counts then, too.
    func release(_ bytes: Int, _ buffers: [ByteBuffer] = []) {
        guard bytes > 0 || !buffers.isEmpty else { return }
        blocks.put(buffers)
        wake { $0.used -= bytes }
    }

    /// `tail` holds a reservation, and can be asked to give it up.
    func enter(_ tail: PartTail) { state.withLock { $0.holders[ObjectIdentifier(tail)] = Holder(tail: tail) } }

    func leave(_ tail: PartTail) { state.withLock { _ = $0.holders.removeValue(forKey: ObjectIdentifier(tail)) } }

    private func enqueue(_ waiter: Waiter) {
        var isCancelled = false
        var watch = false
        wake { state in
            if state.cancelled.remove(waiter.number) != nil {
                isCancelled = true
                return
            }
            state.waiters.append(waiter)
            if !state.isWatching {
                state.isWatching = true
                watch = true
            }
        }
        if isCancelled { waiter.continuation.resume(throwing: CancellationError()) }
        if watch { Task { await self.watch() } }
    }

    private func cancel(_ number: UInt64) {
        var waiter: Waiter?
        wake { state in
            if let index = state.waiters.firstIndex(where: { $0.number == number }) {
                waiter = state.waiters.remove(at: index)
            } else {
                // Not queued yet, or let in already.
                state.cancelled.insert(number)
            }
        }
        waiter?.continuation.resume(throwing: CancellationError())
    }

    /// Changes something, and lets in whoever fits then.
    private func wake(_ change: (inout State) -> Void) {
        let (granted, idle): ([Waiter], Int) = state.withLock { state in
            change(&state)
            var granted: [Waiter] = []
            // What was let in under a higher limit must not wait for ever under a lower one.
            while let first = state.waiters.first,
                state.used + first.bytes <= state.room || state.used == 0
            {
                state.used += first.bytes
                granted.append(state.waiters.removeFirst())
            }
            return (granted, state.used == 0 ? 0 : max(0, state.room - state.used))
        }
        for waiter in granted { waiter.continuation.resume() }
        blocks.trim(to: idle)
    }

    /// As long as somebody waits.
    private func watch() async {
        while true {
            try? await time.pause(patience / 4)
            let tails: [PartTail]? = state.withLock { state in
                guard !state.waiters.isEmpty else {
                    state.isWatching = false
                    return nil
                }
                return state.holders.values.compactMap(\.tail)
            }
            guard let tails else { return }
            let now = time.elapsed()
            for tail in tails { await tail.spill(ifSilentSince: now - patience, orHeldSince: now - patience * 5) }
        }
    }
}
