#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// An open file or folder with the calls that keeping keys takes. Closes when it goes.
struct KeyFile: ~Copyable {
    private let descriptor: CInt
    private let path: String

    init(_ path: String, _ flags: CInt, mode: mode_t = 0) throws(KeyFileError) {
        guard let file = try Self.openIfThere(path, flags, mode: mode) else { throw .call("open", path, ENOENT) }
        self = file
    }

    /// nil: there is no such file.
    static func openIfThere(_ path: String, _ flags: CInt, mode: mode_t = 0) throws(KeyFileError) -> KeyFile? {
        while true {
            let descriptor = open(path, flags | O_CLOEXEC, mode)
            if descriptor >= 0 { return KeyFile(descriptor: descriptor, path: path) }
            if errno == ENOENT { return nil }
            if errno != EINTR { throw .call("open", path) }
        }
    }

    private init(descriptor: CInt, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    /// All of it. Throws where it is longer than `limit` bytes.
    func content(atMost limit: Int) throws(KeyFileError) -> [UInt8] {
        var content: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = read(descriptor, &block, block.count)
            if count == 0 { return content }
            if count > 0 { content += block[..<count] } else if errno != EINTR { throw .call("read", path) }
            if content.count > limit { throw KeyFileError("\(path) is longer than \(limit) bytes: it holds no keys") }
        }
    }

    func write(_ content: [UInt8]) throws(KeyFileError) {
        var rest = content[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { writing(descriptor, $0) }
            if count >= 0 { rest = rest.dropFirst(count) } else if errno != EINTR { throw .call("write", path) }
        }
    }

    /// Not to be tried again: after EIO the next one may succeed with the content gone.
    func sync() throws(KeyFileError) {
        while fsync(descriptor) != 0 {
            if errno != EINTR { throw .call("fsync", path) }
        }
    }

    /// Waits for whoever has the lock; it is held until the file closes.
    func lock() throws(KeyFileError) {
        while flock(descriptor, LOCK_EX) != 0 {
            if errno != EINTR { throw .call("lock", path) }
        }
    }
}

private func writing(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
    write(descriptor, bytes.baseAddress, bytes.count)
}

extension KeyFileError {
    /// A system call that failed.
    static func call(_ name: String, _ path: String, _ code: CInt = errno) -> KeyFileError {
        KeyFileError("\(name) \(path): \(String(cString: strerror(code)))")
    }
}
