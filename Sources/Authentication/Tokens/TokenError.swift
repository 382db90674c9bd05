/// Why a token does not count.
package struct TokenError: Error, Sendable, CustomStringConvertible {
    package enum Reason: Sendable, Hashable, CaseIterable {
        /// Not three parts, not JSON, too long, or without what it has to say.
        case malformed
        /// It names no key, or none that is known.
        case unknownKey
        /// Signed in a way that its key does not allow.
        case wrongAlgorithm
        case badSignature
        case expired, notYetValid
        case wrongIssuer, wrongAudience
    }

    package var reason: Reason
    /// For whoever sent the token; it repeats nothing of it.
    package var message: String
    package var cause: (any Error)?

    init(_ reason: Reason, _ message: String, cause: (any Error)? = nil) {
        self.reason = reason
        self.message = message
        self.cause = cause
    }

    package var description: String { message }
}
