/// No credentials, and why.
struct CredentialError: Error, CustomStringConvertible {
    enum Code: Sendable, Hashable {
        /// Nobody had any: nothing is configured.
        case missing
        /// What is configured is wrong: half a pair, a profile that does not exist, a service that refuses.
        case misconfigured
        /// Who should have them does not answer, or not sensibly; trying again later may help.
        case unavailable
    }

    var code: Code
    var message: String
    var cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    var description: String { cause.map { "\(message) (\($0))" } ?? message }
}
