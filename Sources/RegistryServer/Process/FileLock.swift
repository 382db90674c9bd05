#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A file that one process at a time has locked, for as long as this value lives. The lock is the kernel's, and goes with the
/// process; the file says which one it is, for people.
final class FileLock: Sendable {
    private let descriptor: CInt

    /// - Parameter held: what to say when somebody has it, given who: ` (process 17)`, or nothing.
    init(_ path: String, held: (String) -> String) throws(CommandFailure) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure(.failure, "cannot open \(path): \(errnoText()); choose another folder with --data")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let failure = errno
            let holder = Self.holder(descriptor)
            // Whatever is thrown from here closes the file: `self` is whole, and goes.
            guard failure == EWOULDBLOCK else {
                throw CommandFailure(.failure, "cannot lock \(path): \(errnoText(failure))")
            }
            throw CommandFailure(.unavailable, held(holder.map { " (process \($0))" } ?? ""))
        }
        let text = Array("\(getpid())\n".utf8)
        ftruncate(descriptor, 0)
        _ = pwrite(descriptor, text, text.count, 0)
    }

    deinit { close(descriptor) }

    /// Whether a process has the file at `path` locked.
    static func isHeld(_ path: String) -> Bool {
        let file = open(path, O_RDWR | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        return flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    private static func holder(_ descriptor: CInt) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 20)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int(String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}
