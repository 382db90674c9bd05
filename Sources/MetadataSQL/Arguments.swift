#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif
internal import GRDBSQLite
internal import NIOCore

/// What a parameter is bound to.
enum Argument {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])
    case buffer(ByteBuffer)

    static func text(_ value: String?) -> Argument {
        if let value { .text(value) } else { .null }
    }

    /// - Returns: SQLite's result code.
    func bind(to statement: OpaquePointer, at index: CInt) -> CInt {
        switch self {
        case .null:
            sqlite3_bind_null(statement, index)
        case .integer(let value):
            sqlite3_bind_int64(statement, index, value)
        case .text(let value):
            sqlite3_bind_text(statement, index, value, CInt(value.utf8.count), transient)
        case .blob(let bytes):
            bytes.withUnsafeBytes { Self.bind($0, to: statement, at: index) }
        case .buffer(let buffer):
            buffer.withUnsafeReadableBytes { Self.bind($0, to: statement, at: index) }
        }
    }

    private static func bind(_ bytes: UnsafeRawBufferPointer, to statement: OpaquePointer, at index: CInt) -> CInt {
        // Without an address it would be NULL.
        guard let start = bytes.baseAddress else { return sqlite3_bind_zeroblob(statement, index, 0) }
        return sqlite3_bind_blob64(statement, index, start, sqlite3_uint64(bytes.count), transient)
    }
}

/// What the parameters of a statement are bound to, by their names: `["id": 7]` for `:id`. Every parameter has one, and there is no
/// other: either would be a mistake.
struct Arguments: ExpressibleByDictionaryLiteral {
    private var named: [Named]

    private struct Named {
        var name: StaticString
        var value: Argument

        func hasName(_ other: UnsafePointer<CChar>) -> Bool {
            name.withUTF8Buffer { name in
                strlen(other) == name.count
                    && name.elementsEqual(UnsafeRawBufferPointer(start: other, count: name.count))
            }
        }
    }

    init(dictionaryLiteral elements: (StaticString, (any ArgumentConvertible)?)...) {
        named = elements.map { Named(name: $0, value: $1?.argument ?? .null) }
    }

    /// - Returns: SQLite's result code; `SQLITE_RANGE`: they are not the statement's parameters.
    func bind(to statement: OpaquePointer) -> CInt {
        let count = sqlite3_bind_parameter_count(statement)
        guard Int(count) == named.count else { return SQLITE_RANGE }
        for index in 0..<Int(count) {
            guard let name = sqlite3_bind_parameter_name(statement, CInt(index + 1)) else { return SQLITE_RANGE }
            // Most often both are in the same order.
            let argument =
                named[index].hasName(name + 1) ? named[index] : named.first { $0.hasName(name + 1) }
            guard let argument else { return SQLITE_RANGE }
            let result = argument.value.bind(to: statement, at: CInt(index + 1))
            guard result == SQLITE_OK else { return result }
        }
        return SQLITE_OK
    }
}

protocol ArgumentConvertible {
    var argument: Argument { get }
}

extension Int64: ArgumentConvertible {
    var argument: Argument { .integer(self) }
}

extension Int: ArgumentConvertible {
    var argument: Argument { .integer(Int64(self)) }
}

extension String: ArgumentConvertible {
    var argument: Argument { .text(self) }
}

extension [UInt8]: ArgumentConvertible {
    var argument: Argument { .blob(self) }
}

extension ByteBuffer: ArgumentConvertible {
    var argument: Argument { .buffer(self) }
}

/// SQLITE_TRANSIENT, a cast in C that Swift does not import: SQLite copies what is bound.
private let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
