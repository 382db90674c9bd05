internal import GRDBSQLite
internal import NIOCore

/// The row that a statement is at. Columns count from 0.
struct Row: ~Copyable {
    private let statement: OpaquePointer

    init(_ statement: OpaquePointer) {
        self.statement = statement
    }

    func isNull(_ column: CInt) -> Bool {
        sqlite3_column_type(statement, column) == SQLITE_NULL
    }

    func integer(_ column: CInt) -> Int64 {
        sqlite3_column_int64(statement, column)
    }

    func text(_ column: CInt) -> String {
        String(decoding: textBytes(column), as: UTF8.self)
    }

    func bytes(_ column: CInt) -> [UInt8] {
        Array(blob(column))
    }

    func buffer(_ column: CInt) -> ByteBuffer {
        ByteBuffer(bytes: blob(column))
    }

    /// Valid until the statement moves on.
    func textBytes(_ column: CInt) -> UnsafeBufferPointer<UInt8> {
        let start = sqlite3_column_text(statement, column)
        return UnsafeBufferPointer(start: start, count: start == nil ? 0 : Int(sqlite3_column_bytes(statement, column)))
    }

    private func blob(_ column: CInt) -> UnsafeRawBufferPointer {
        // NULL for a blob of no bytes.
        let start = sqlite3_column_blob(statement, column)
        let count = start == nil ? 0 : Int(sqlite3_column_bytes(statement, column))
        return UnsafeRawBufferPointer(start: start, count: count)
    }
}
