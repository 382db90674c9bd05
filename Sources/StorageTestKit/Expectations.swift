import NIOCore
import RegistryCore

struct Unmet: Error {
    var expectation: String
    var file: String
    var line: Int
    var cause: (any Error)?
}

func expect(
    _ condition: Bool,
    _ expectation: @autoclosure () -> String,
    file: String = #fileID,
    line: Int = #line
) throws {
    guard condition else { throw Unmet(expectation: expectation(), file: file, line: line) }
}

func expect<T: Equatable>(
    _ actual: T,
    is wanted: T,
    _ what: String,
    file: String = #fileID,
    line: Int = #line
) throws {
    try expect(actual == wanted, "\(what) to be \(wanted), not \(actual)", file: file, line: line)
}

func expect(
    _ code: StorageError.Code,
    _ what: String,
    file: String = #fileID,
    line: Int = #line,
    _ body: () async throws -> Void
) async throws {
    do {
        try await body()
    } catch let error as StorageError where error.code == code {
        return
    } catch {
        throw Unmet(expectation: "StorageError.\(code) from \(what)", file: file, line: line, cause: error)
    }
    throw Unmet(expectation: "StorageError.\(code) from \(what)", file: file, line: line)
}

/// The object is there, and its bytes are `content`.
func expect(
    _ storage: any BlobStorage,
    holds content: ByteBuffer,
    at object: StoredObject,
    file: String = #fileID,
    line: Int = #line
) async throws {
    let size = Int64(content.readableBytes)
    try expect(object.size, is: size, "the size of \(object.key)", file: file, line: line)
    let bytes = try await collect(try await storage.read(object, 0..<size))
    // The buffers themselves would fill the log.
    try expect(bytes == content, "\(object.key) to hold the \(size) bytes that were appended", file: file, line: line)
}
