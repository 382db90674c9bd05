#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif
internal import GRDB
internal import GRDBSQLite
internal import RegistryCore

/// What SQLite's C API answered when it did not succeed.
struct SQLiteFailure: Error, CustomStringConvertible {
    /// The extended result code.
    var code: CInt
    /// The errno below it, or 0.
    var systemError: CInt
    var message: String

    /// Of the last call on `connection`.
    init(_ connection: OpaquePointer?) {
        code = sqlite3_extended_errcode(connection)
        systemError = sqlite3_system_errno(connection)
        message = String(cString: sqlite3_errmsg(connection))
    }

    /// - Parameter systemError: of the same call, looked at only for an I/O error.
    init(_ error: DatabaseError, systemError: CInt = 0) {
        code = error.extendedResultCode.rawValue
        self.systemError = systemError
        message = error.message ?? "\(error)"
    }

    var description: String { "SQLite error \(code): \(message)" }
}

extension MetadataError {
    /// Of anything that an operation threw.
    ///
    /// - Parameter operation: as in "… failed": `storing a manifest`.
    init(_ operation: String, in path: String, cause: any Error) {
        if let error = cause as? MetadataError {
            self = error
            return
        }
        let failure = cause as? SQLiteFailure ?? (cause as? DatabaseError).map { SQLiteFailure($0) }
        self.init(failure.map { Code($0) } ?? .failed, "\(operation) in \(path) failed", cause: failure ?? cause)
    }
}

extension Database {
    /// An error with the errno below it, which the next call on the connection may change.
    func described(_ error: any Error) -> any Error {
        guard let error = error as? DatabaseError, let connection = sqliteConnection else { return error }
        return SQLiteFailure(error, systemError: sqlite3_system_errno(connection))
    }
}

extension MetadataError.Code {
    fileprivate init(_ failure: SQLiteFailure) {
        self =
            switch failure.code & 0xff {
            case SQLITE_FULL: .full
            case SQLITE_IOERR where [ENOSPC, EDQUOT].contains(failure.systemError): .full
            case SQLITE_IOERR where failure.systemError == EROFS: .unavailable
            case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_CANTOPEN, SQLITE_READONLY: .unavailable
            default: .failed
            }
    }
}
