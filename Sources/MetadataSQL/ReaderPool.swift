internal import RegistryCore
internal import Synchronization

/// The connections that reads use, each lent to one caller at a time.
///
/// Last in, first out, so that the one whose cache is warm is used next. A read does not suspend, so there are never more than
/// threads which read at once.
final class ReaderPool: Sendable {
    private struct State {
        var idle: [Connection] = []
        var isClosed = false
    }
    private let state = Mutex(State())
    private let path: String

    /// A read waits for hardly anything in WAL mode: another process that recovers the log, or closes the database as the last.
    /// It may be on an event loop, so it does not wait for long.
    static let patience: CInt = 100

    /// Opens the first connection, so that what is wrong shows at the start.
    init(path: String) throws {
        self.path = path
        let first = try Connection(reading: path, patience: Self.patience)
        state.withLock { $0.idle.append(first) }
    }

    /// - Parameter operation: for an error's message, `reading a manifest`.
    func read<T>(_ operation: String, _ body: (Connection) throws -> T) throws(MetadataError) -> T {
        do {
            let connection = try take()
            // One on which something failed is not used again.
            let result = try body(connection)
            giveBack(connection)
            return result
        } catch {
            throw MetadataError(operation, in: path, cause: error)
        }
    }

    func close() {
        state.withLock {
            $0.isClosed = true
            $0.idle.removeAll()
        }
    }

    private func take() throws -> Connection {
        let idle = try state.withLock {
            if $0.isClosed { throw MetadataError(.unavailable, "\(path) is closed") }
            return $0.idle.popLast()
        }
        return try idle ?? Connection(reading: path, patience: Self.patience)
    }

    private func giveBack(_ connection: Connection) {
        state.withLock {
            if !$0.isClosed { $0.idle.append(connection) }
        }
    }
}
