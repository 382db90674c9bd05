/// Keys that cannot be read from a file, or written to one, and why.
package struct KeyFileError: Error, Sendable, CustomStringConvertible {
    package var message: String
    package var cause: (any Error)?

    init(_ message: String, cause: (any Error)? = nil) {
        self.message = message
        self.cause = cause
    }

    package var description: String { cause.map { "\(message) (\($0))" } ?? message }
}
