internal import GRDBSQLite
internal import RegistryCore
internal import Synchronization

/// Tells whether anything has been committed, by any process, without asking the database: what it looks at is in memory.
///
/// That is the header of the index of SQLite's write-ahead log ("WAL-mode File Format", section 2.1), which all connections
/// share and every commit writes anew: it holds the log's salts and a checksum over all its frames, so equal headers are equal
/// databases. A read of the database itself begins with the same look, and takes a lock that all readers share besides.
final class CommitWatch: Sendable {
    /// Valid until ``close()``.
    let index: LogIndex
    /// Keeps the index mapped.
    private let connection: Mutex<Connection?>

    init(path: String, patience: CInt) throws {
        let connection = try Connection(reading: path, patience: patience)
        index = try connection.logIndex()
        self.connection = Mutex(connection)
    }

    func close() {
        connection.withLock { $0 = nil }
    }
}

/// @unchecked Sendable: the memory is only ever read here, and written by whoever commits, in whatever process.
struct LogIndex: @unchecked Sendable {
    fileprivate let memory: UnsafeRawPointer

    /// The header, both copies of it.
    struct State: Equatable, Sendable {
        fileprivate var front: SIMD8<UInt64>
        fileprivate var back: SIMD4<UInt64>
    }

    /// Every commit that has returned shows in it.
    var state: State {
        atomicMemoryFence(ordering: .acquiring)
        let state = State(
            front: memory.load(as: SIMD8<UInt64>.self),
            back: memory.load(fromByteOffset: MemoryLayout<SIMD8<UInt64>>.size, as: SIMD4<UInt64>.self))
        atomicMemoryFence(ordering: .acquiring)
        return state
    }
}

extension Connection {
    private static let anything = Query("SELECT COUNT(*) FROM sqlite_master")

    /// The index of the write-ahead log, mapped as long as the connection is open.
    ///
    /// Through SQLite's own file methods: a file opened a second time would drop SQLite's locks when it is closed.
    fileprivate func logIndex() throws -> LogIndex {
        // Makes SQLite map it.
        _ = try first(Self.anything, [:]) { $0.integer(0) }
        var region: UnsafeMutableRawPointer?
        let result = withFile { file in
            // The size of a region is SQLite's.
            file.pointee.pMethods.pointee.xShmMap(file, 0, 32 << 10, 0, &region)
        }
        guard result == SQLITE_OK, let region else { throw NoLogIndex() }
        return LogIndex(memory: region)
    }
}

private struct NoLogIndex: Error, CustomStringConvertible {
    let description = "SQLite has no write-ahead log here"
}
