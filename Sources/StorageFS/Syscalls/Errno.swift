import Glibc

/// What a system call failed with.
struct Errno: Error, Hashable, CustomStringConvertible {
    let code: CInt

    /// The calling thread's errno.
    static var current: Errno { Errno(code: errno) }

    static let missing = Errno(code: ENOENT)
    static let exists = Errno(code: EEXIST)
    static let locked = Errno(code: EWOULDBLOCK)
    static let badDescriptor = Errno(code: EBADF)
    static let noLocks = Errno(code: ENOLCK)
    static let unsupported = Errno(code: EOPNOTSUPP)

    var description: String { String(cString: strerror(code)) }
}
