internal import GRDBSQLite

/// A read-only connection to the database through SQLite's C API, with the statements it has prepared.
///
/// It exists because reads run on network event loops, and cost half as much here as through a pool of GRDB's: no more of it than
/// what those reads need.
///
/// @unchecked Sendable: SQLite lets a NOMUTEX connection move between threads as long as one at a time uses it, and
/// those who make them see to that: ``ReaderPool`` lends each to one caller at a time, ``CommitWatch`` uses its own once.
final class Connection: @unchecked Sendable {
    private let handle: OpaquePointer
    private var statements: [ObjectIdentifier: OpaquePointer] = [:]

    /// - Parameter patience: how long a read waits for a lock, in milliseconds.
    init(reading path: String, patience: CInt) throws(SQLiteFailure) {
        var handle: OpaquePointer?
        let result = sqlite3_open_v2(path, &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nil)
        guard result == SQLITE_OK, let handle else {
            defer { sqlite3_close_v2(handle) }
            throw SQLiteFailure(handle)
        }
        self.handle = handle
        sqlite3_busy_timeout(handle, patience)
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    /// The first row that `query` finds, decoded; nil: it finds none. Every parameter needs an argument at every call, as bindings
    /// stay.
    func first<T>(
        _ query: Query,
        _ arguments: KeyValuePairs<String, Argument>,
        _ decode: (borrowing Row) throws -> T
    ) throws -> T? {
        let statement = try bound(query, arguments)
        // Ends the read transaction too: the next read sees what was committed meanwhile.
        defer { sqlite3_reset(statement) }
        return try step(statement) ? try decode(Row(statement)) : nil
    }

    /// All rows that `query` finds, decoded.
    func all<T>(
        _ query: Query,
        _ arguments: KeyValuePairs<String, Argument>,
        _ decode: (borrowing Row) throws -> T
    ) throws -> [T] {
        var rows: [T] = []
        try each(query, arguments) { row in
            rows.append(try decode(row))
            return true
        }
        return rows
    }

    /// The rows that `query` finds, one after the other, until `body` says false. Those behind it are not read.
    func each(
        _ query: Query,
        _ arguments: KeyValuePairs<String, Argument>,
        _ body: (borrowing Row) throws -> Bool
    ) throws {
        let statement = try bound(query, arguments)
        defer { sqlite3_reset(statement) }
        while try step(statement), try body(Row(statement)) {}
    }

    /// What SQLite knows of the database's file, for its own methods.
    func withFile(_ body: (UnsafeMutablePointer<sqlite3_file>) throws -> CInt) rethrows -> CInt {
        var file: UnsafeMutablePointer<sqlite3_file>?
        let result = sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file)
        guard result == SQLITE_OK, let file else { return result == SQLITE_OK ? SQLITE_ERROR : result }
        return try body(file)
    }

    private func bound(
        _ query: Query,
        _ arguments: KeyValuePairs<String, Argument>
    ) throws(SQLiteFailure) -> OpaquePointer {
        let statement = try prepared(query)
        for (name, argument) in arguments {
            let index = sqlite3_bind_parameter_index(statement, name)
            let result = argument.bind(to: statement, at: index)
            guard result == SQLITE_OK else { throw SQLiteFailure(handle) }
        }
        return statement
    }

    private func prepared(_ query: Query) throws(SQLiteFailure) -> OpaquePointer {
        if let statement = statements[ObjectIdentifier(query)] { return statement }
        var statement: OpaquePointer?
        let result = sqlite3_prepare_v3(handle, query.sql, -1, CUnsignedInt(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard result == SQLITE_OK, let statement else { throw SQLiteFailure(handle) }
        statements[ObjectIdentifier(query)] = statement
        return statement
    }

    private func step(_ statement: OpaquePointer) throws(SQLiteFailure) -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw SQLiteFailure(handle)
        }
    }
}

/// SQL that a connection prepares once. Known by its identity: keep it in a `static let`.
final class Query: Sendable {
    let sql: String

    init(_ sql: String) {
        self.sql = sql
    }
}
