internal import GRDB
internal import GRDBSQLite

/// How long the write-ahead log is, as SQLite says it after every commit of a connection. For that connection's thread only.
final class LogGauge {
    private let counter: UnsafeMutablePointer<CInt>
    private var connection: OpaquePointer?

    init() {
        counter = .allocate(capacity: 1)
        counter.initialize(to: 0)
    }

    /// Pages, whether checkpointed or not.
    var pages: Int { Int(counter.pointee) }

    /// Takes the place of SQLite's own checkpoints, which hang on the same hook.
    func attach(to db: Database) {
        guard connection == nil, let handle = db.sqliteConnection else { return }
        connection = handle
        sqlite3_wal_hook(
            handle,
            { counter, _, _, pages in
                counter?.assumingMemoryBound(to: CInt.self).pointee = pages
                return SQLITE_OK
            },
            counter
        )
    }

    func detach() {
        if let connection { sqlite3_wal_hook(connection, nil, nil) }
        connection = nil
    }

    deinit {
        counter.deallocate()
    }
}
