internal import Foundation
internal import GRDB
internal import Logging
internal import RegistryCore
internal import Synchronization

/// The thread that writes. Operations wait here while it commits, and go together into the transaction after that: on a disk
/// a commit costs a wait for the platters, whatever is in it.
final class Writer: Sendable {
    /// What a write survives once it is answered.
    enum Durability: Sendable {
        case processDeath, powerLoss
    }

    /// An operation on its way into the database.
    struct Operation: Sendable {
        /// For an error's message: `storing a manifest`.
        var name: String
        var durability: Durability
        /// Does it, inside a transaction, and gives what tells its caller so, once that is committed. Is called again in another
        /// transaction if that one was rolled back.
        var carryOut: @Sendable (Database) throws -> @Sendable () -> Void
        var fail: @Sendable (MetadataError) -> Void
    }

    private struct State {
        var waiting: [Operation] = []
        var isAsleep = false
        var isClosing = false
        /// Set once everything is closed.
        var end: Result<Void, any Error>?
        var closers: [CheckedContinuation<Void, any Error>] = []
    }
    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let path: String

    init(path: String, queue: DatabaseQueue, logger: Logger) {
        self.path = path
        let thread = Thread { [self] in work(queue, logger) }
        thread.name = "metadata"
        thread.start()
    }

    /// Operations that no transaction has taken up yet.
    var backlog: Int { state.withLock { $0.waiting.count } }

    /// Carries `body` out in a transaction, alone or among others, and returns when that is committed. If `body` throws, what it
    /// did is undone. It is called again when another in its transaction threw, so it does nothing but to the database. A task
    /// that is cancelled meanwhile waits all the same: the operation is on its way.
    func perform<T: Sendable>(
        _ name: String,
        _ durability: Durability,
        _ body: @escaping @Sendable (Database) throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            enqueue(
                Operation(
                    name: name,
                    durability: durability,
                    carryOut: { db in
                        let result = try body(db)
                        return { continuation.resume(returning: result) }
                    },
                    fail: { continuation.resume(throwing: $0) }
                )
            )
        }
    }

    /// Carries out what waits, then closes the database.
    func close() async throws {
        try await withCheckedThrowingContinuation { continuation in
            let end = state.withLock {
                if $0.end == nil { $0.closers.append(continuation) }
                return $0.end
            }
            if let end { continuation.resume(with: end) } else { stop() }
        }
    }

    /// As ``close()``, without waiting for it.
    func stop() {
        state.withLock { $0.isClosing = true }
        wake.signal()
    }

    private func enqueue(_ operation: Operation) {
        let (isAccepted, mustWake) = state.withLock { state in
            if state.isClosing { return (false, false) }
            state.waiting.append(operation)
            defer { state.isAsleep = false }
            return (true, state.isAsleep)
        }
        if mustWake { wake.signal() }
        if !isAccepted { operation.fail(MetadataError(.unavailable, "\(operation.name): \(path) is closed")) }
    }

    private func work(_ queue: DatabaseQueue, _ logger: Logger) {
        var group = GroupCommit(path: path, logger: logger)
        while let operations = next() {
            queue.writeWithoutTransaction { db in
                group.carryOut(operations, on: db)
                group.checkpointIfDue(db)
            }
        }
        queue.writeWithoutTransaction { _ in group.end() }
        let end = Result { try shut(queue) }
        let closers = state.withLock { state in
            state.end = end
            defer { state.closers = [] }
            return state.closers
        }
        for closer in closers { closer.resume(with: end) }
    }

    /// Everything that waits, as soon as there is something; nil: there will not be anything any more.
    private func next() -> [Operation]? {
        while true {
            let (operations, isClosing) = state.withLock { state in
                let operations = state.waiting
                state.waiting = []
                state.isAsleep = operations.isEmpty
                return (operations, state.isClosing)
            }
            if !operations.isEmpty { return operations }
            if isClosing { return nil }
            wake.wait()
        }
    }

    private func shut(_ queue: DatabaseQueue) throws {
        do {
            // As the last to close a database SQLite does this too, but it does not say when it fails.
            _ = try? queue.writeWithoutTransaction { try $0.checkpoint(.truncate) }
            try queue.close()
        } catch {
            throw MetadataError("closing the database", in: path, cause: error)
        }
    }
}
