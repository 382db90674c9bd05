import Glibc

/// The system's calls as they are, but for EINTR. What their failures mean is in StorageError+Syscall.swift.
enum Syscall {
    static func open(_ path: String, _ flags: CInt, mode: mode_t = 0) throws(Errno) -> Descriptor {
        Descriptor(owning: try retrying { Glibc.open(path, flags | O_CLOEXEC, mode) })
    }

    static func fstat(_ descriptor: borrowing Descriptor) throws(Errno) -> stat {
        let raw = descriptor.raw
        var result = stat()
        _ = try retrying { Glibc.fstat(raw, &result) }
        return result
    }

    static func lstat(_ path: String) throws(Errno) -> stat {
        var result = stat()
        _ = try retrying { Glibc.lstat(path, &result) }
        return result
    }

    static func read(_ descriptor: borrowing Descriptor, atMost count: Int) throws(Errno) -> [UInt8] {
        let raw = descriptor.raw
        var bytes = [UInt8](repeating: 0, count: count)
        let read = try retrying { Glibc.read(raw, &bytes, count) }
        bytes.removeLast(count - read)
        return bytes
    }

    /// All of a file that need not say how long it is, as those in /proc.
    static func text(of path: String) throws(Errno) -> String {
        let file = try open(path, O_RDONLY)
        var bytes: [UInt8] = []
        while true {
            let more = try read(file, atMost: 64 << 10)
            if more.isEmpty { return String(decoding: bytes, as: UTF8.self) }
            bytes += more
        }
    }

    /// The number of bytes written, perhaps fewer than there are.
    static func pwritev(_ descriptor: CInt, _ vectors: [iovec], at offset: Int64) throws(Errno) -> Int {
        try retrying { Glibc.pwritev(descriptor, vectors, CInt(vectors.count), off_t(offset)) }
    }

    static func ftruncate(_ descriptor: borrowing Descriptor, _ length: Int64) throws(Errno) {
        let raw = descriptor.raw
        _ = try retrying { Glibc.ftruncate(raw, off_t(length)) }
    }

    static func fdatasync(_ descriptor: borrowing Descriptor) throws(Errno) {
        let raw = descriptor.raw
        _ = try retrying { Glibc.fdatasync(raw) }
    }

    static func fsync(_ descriptor: borrowing Descriptor) throws(Errno) {
        let raw = descriptor.raw
        _ = try retrying { Glibc.fsync(raw) }
    }

    static func mkdir(_ path: String, mode: mode_t) throws(Errno) {
        _ = try retrying { Glibc.mkdir(path, mode) }
    }

    static func rename(_ from: String, _ to: String) throws(Errno) {
        _ = try retrying { Glibc.rename(from, to) }
    }

    static func link(_ from: String, _ to: String) throws(Errno) {
        _ = try retrying { Glibc.link(from, to) }
    }

    static func unlink(_ path: String) throws(Errno) {
        _ = try retrying { Glibc.unlink(path) }
    }

    static func fstatvfs(_ descriptor: borrowing Descriptor) throws(Errno) -> statvfs {
        let raw = descriptor.raw
        var result = statvfs()
        _ = try retrying { Glibc.fstatvfs(raw, &result) }
        return result
    }

    /// The names in a folder, in no order, `.` and `..` left out.
    static func names(in folder: String) throws(Errno) -> [String] {
        try FolderStream(folder).names(atMost: .max)
    }

    private static func retrying<T: SignedInteger>(_ call: () -> T) throws(Errno) -> T {
        while true {
            let result = call()
            if result >= 0 { return result }
            if errno != EINTR { throw .current }
        }
    }
}
