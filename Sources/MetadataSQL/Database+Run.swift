internal import Foundation
internal import GRDB
internal import NIOCore

/// What a write operation says to the database, all of it through prepared statements that the connection keeps.
extension Database {
    /// - Returns: how many rows the statement itself changed; what cascades from them is not counted.
    @discardableResult
    func run(_ sql: String, _ arguments: StatementArguments = [:]) throws -> Int {
        try cachedStatement(sql: sql).execute(arguments: arguments)
        return changesCount
    }

    /// The integer in the first row; nil: there is no row, or it is NULL.
    func integer(_ sql: String, _ arguments: StatementArguments = [:]) throws -> Int64? {
        try Int64.fetchOne(cachedStatement(sql: sql), arguments: arguments)
    }

    func text(_ sql: String, _ arguments: StatementArguments = [:]) throws -> String? {
        try String.fetchOne(cachedStatement(sql: sql), arguments: arguments)
    }

    /// The first column of every row, those that a change returns too.
    func texts(_ sql: String, _ arguments: StatementArguments = [:]) throws -> [String] {
        try String.fetchAll(cachedStatement(sql: sql), arguments: arguments)
    }

    /// The id of the row that was inserted, or that stood in its way and was updated; `sql` returns one.
    func id(_ sql: String, _ arguments: StatementArguments) throws -> Int64 {
        guard let id = try integer(sql, arguments) else {
            throw DatabaseError(resultCode: .SQLITE_INTERNAL, message: "no id", sql: sql)
        }
        return id
    }
}

extension Data {
    init(_ buffer: ByteBuffer) {
        self = buffer.withUnsafeReadableBytes { Data($0) }
    }
}
