import Glibc

/// What a system call failed with.
struct Errno: Error, Hashable, CustomStringConvertible {
    let code: CInt

    /// The calling thread's errno.
    static var current: Errno { Errno(code: errno) }

    static let missing = Errno(code: ENOENT)
    static let exists = Errno(code: EEXIST)

    var description: String { String(cString: strerror(code)) }
}
