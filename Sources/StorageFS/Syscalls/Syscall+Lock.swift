import Glibc

extension Syscall {
    /// Takes the file for this descriptor alone, or throws `.locked`. It is free again when the descriptor is closed.
    static func lock(_ descriptor: borrowing Descriptor) throws(Errno) {
        let raw = descriptor.raw
        while flock(raw, LOCK_EX | LOCK_NB) != 0 {
            if errno != EINTR { throw .current }
        }
    }
}
