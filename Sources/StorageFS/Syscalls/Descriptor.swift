import Glibc

/// An open file or folder. Closes when it goes.
struct Descriptor: ~Copyable, Sendable {
    let raw: CInt

    init(owning raw: CInt) { self.raw = raw }

    /// Hands the descriptor to somebody else, who closes it.
    consuming func release() -> CInt {
        let raw = raw
        discard self
        return raw
    }

    // Not retried on EINTR: Linux has released the number by then, and it may be somebody else's already.
    deinit { close(raw) }
}
