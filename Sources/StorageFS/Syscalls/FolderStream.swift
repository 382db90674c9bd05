import Glibc
import RegistryCore

/// A folder that is read bit by bit.
final class FolderStream: Sendable {
    /// @unchecked Sendable: the mutex lends it to one thread at a time.
    private struct Stream: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private let stream: Mutex<Stream>

    init(_ path: String) throws(Errno) {
        guard let pointer = opendir(path) else { throw .current }
        stream = Mutex(Stream(pointer: pointer))
    }

    deinit { stream.withLock { _ = closedir($0.pointer) } }

    /// The next names, in no order, `.` and `..` left out; empty: there are no more.
    func names(atMost limit: Int) throws(Errno) -> [String] {
        try stream.withLock { stream throws(Errno) in
            var names: [String] = []
            while names.count < limit {
                errno = 0
                guard let entry = readdir(stream.pointer) else {
                    if errno != 0 { throw .current }
                    break
                }
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name != "." && name != ".." { names.append(name) }
            }
            return names
        }
    }
}
