/// What a storage throws: what kind of failure, of what, and what lies below it.
///
/// Anything else that escapes from a storage is reported to clients as an internal error, so a driver wraps what it knows.
public struct StorageError: Error, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        /// The object is not there.
        case objectMissing
        /// The object is there, and is not what was stored: it has another size, or cannot be read from its device any more.
        case objectDamaged
        /// The bytes that a checkpoint speaks of are not there any more; the upload cannot go on from it.
        case checkpointLost
        /// There is no room left.
        case full
        /// More bytes than the storage takes in one object.
        case tooLarge
        /// The storage is not reachable or not working; trying again later may help.
        case unavailable
        /// The storage asks to be asked less often.
        case slowDown
        /// The backend is there and its configuration is wrong: a secret, a bucket, a region. Trying again does not help.
        case misconfigured
        /// Anything else: permissions, a broken device.
        case failed
    }

    public var code: Code
    /// What failed and of what, for the log: `fdatasync of /var/lib/registryd/…: Input/output error`.
    public var message: String
    /// What clients are told beside what the code says: what is full, why nothing can be written. Nobody's paths or addresses.
    public var reason: String?
    public var cause: (any Error)?

    public init(_ code: Code, _ message: String, reason: String? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.reason = reason
        self.cause = cause
    }

    public var description: String {
        cause.map { "\(message) (\($0))" } ?? message
    }
}
