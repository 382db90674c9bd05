/// Why a command ends, for its user.
struct CommandFailure: Error, CustomStringConvertible {
    /// After sysexits.h.
    enum Code: Int32, Sendable {
        case failure = 1
        case usage = 64
        /// A server or a backend that is not there.
        case unavailable = 69
        case configuration = 78
    }

    var code: Code
    /// What failed and of what, and what to do next.
    var message: String
    var cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    var description: String { message }
}
