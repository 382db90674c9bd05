internal import GRDB
internal import GRDBSQLite

/// What a write operation says to the database, all of it through prepared statements that the connection keeps.
///
/// GRDB prepares them and owns the connection; here they are bound and stepped through SQLite's C API. A push of a small image takes
/// some thirty, and what GRDB does around each came to a tenth of the push.
extension Database {
    /// - Returns: how many rows the statement itself changed; what cascades from them is not counted.
    @discardableResult
    func run(_ sql: String, _ arguments: Arguments = [:]) throws -> Int {
        try step(sql, arguments) { _ in true }
        return changesCount
    }

    /// The integer in the first row; nil: there is no row, or it is NULL.
    func integer(_ sql: String, _ arguments: Arguments = [:]) throws -> Int64? {
        try first(sql, arguments) { $0.integer(0) }
    }

    func text(_ sql: String, _ arguments: Arguments = [:]) throws -> String? {
        try first(sql, arguments) { $0.text(0) }
    }

    private func first<T>(_ sql: String, _ arguments: Arguments, _ decode: (borrowing Row) -> T) throws -> T? {
        var value: T?
        try step(sql, arguments) { row in
            value = row.isNull(0) ? nil : decode(row)
            return false
        }
        return value
    }

    /// The first column of every row, those that a change returns too.
    func texts(_ sql: String, _ arguments: Arguments = [:]) throws -> [String] {
        var values: [String] = []
        try step(sql, arguments) { row in
            values.append(row.text(0))
            return true
        }
        return values
    }

    /// The id of the row that was inserted, or that stood in its way and was updated; `sql` returns one.
    func id(_ sql: String, _ arguments: Arguments) throws -> Int64 {
        guard let id = try integer(sql, arguments) else {
            throw DatabaseError(resultCode: .SQLITE_INTERNAL, message: "no id", sql: sql)
        }
        return id
    }

    /// What begins or ends a transaction, which GRDB keeps track of.
    func control(_ sql: String) throws {
        try cachedStatement(sql: sql).execute()
    }

    /// What has to be parsed each time.
    func say(_ sql: String) throws {
        let result = sqlite3_exec(sqliteConnection, sql, nil, nil, nil)
        guard result == SQLITE_OK else { throw failure(result, sql) }
    }

    /// Shows the rows until `body` says false. A change is carried out to its end all the same.
    private func step(
        _ sql: String,
        _ arguments: Arguments,
        _ body: (borrowing Row) throws -> Bool
    ) throws {
        let statement = try cachedStatement(sql: sql).sqliteStatement
        // What was bound may be a manifest of some MiB, and the statement is kept.
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        var isWatched = true
        var result = arguments.bind(to: statement)
        while result == SQLITE_OK || result == SQLITE_ROW {
            result = sqlite3_step(statement)
            guard result == SQLITE_ROW, isWatched else { continue }
            isWatched = try body(Row(statement))
            if !isWatched, sqlite3_stmt_readonly(statement) != 0 { return }
        }
        guard result == SQLITE_DONE else { throw failure(result, sql) }
    }

    private func failure(_ result: CInt, _ sql: String) -> DatabaseError {
        // A misuse is ours: the connection does not know of it.
        let isKnown = sqlite3_errcode(sqliteConnection) & 0xff == result & 0xff
        return DatabaseError(
            resultCode: ResultCode(rawValue: isKnown ? sqlite3_extended_errcode(sqliteConnection) : result),
            message: isKnown
                ? String(cString: sqlite3_errmsg(sqliteConnection)) : "the arguments are not the parameters",
            sql: sql)
    }
}
