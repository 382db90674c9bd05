import Synchronization

/// Makes clients stand still between two operations, for a collection that is then the same to all of them.
final class ModelStillness: Sendable {
    private struct State {
        var isWanted = false
        var standing = 0
        var isOver = false
        var collections = 0
    }
    private let state = Mutex(State())
    private let clients: Int

    init(clients: Int) { self.clients = clients }

    /// For a client between two operations: waits as long as it is to stand still.
    ///
    /// - Returns: how many collections there were until now.
    func pass() throws -> Int {
        let isWanted = state.withLock { state in
            if state.isWanted { state.standing += 1 }
            return state.isWanted
        }
        if isWanted {
            defer { state.withLock { $0.standing -= 1 } }
            try eventually("that clients may go on", within: .seconds(300)) { state.withLock { !$0.isWanted } }
        }
        return state.withLock { $0.collections }
    }

    /// For a client that does not come here any more: from now on nothing is collected for all.
    func leave() { state.withLock { $0.isOver = true } }

    /// Collects while everybody stands still. Not once a client is through, who would not hear of it.
    func collect(_ body: () throws -> Void) throws {
        state.withLock { $0.isWanted = true }
        defer { state.withLock { $0.isWanted = false } }
        try eventually("that all stand still", within: .seconds(300)) {
            state.withLock { $0.isOver || $0.standing == clients }
        }
        if state.withLock({ $0.isOver }) { return }
        try body()
        state.withLock { $0.collections += 1 }
    }
}
