internal import COpenSSL

/// What OpenSSL could not do, and why in its own words.
struct OpenSSLError: Error, Sendable, CustomStringConvertible {
    var message: String
    var reason: String?

    init(_ message: String) {
        self.message = message
        // The oldest one: those that follow say that what was to be done with it failed, too.
        let code = ERR_get_error()
        reason = code == 0 ? nil : ERR_reason_error_string(code).map { String(cString: $0) }
        // The queue is the thread's. Left there, it would be taken for the reason of somebody else's failure.
        ERR_clear_error()
    }

    var description: String { reason.map { "\(message): \($0)" } ?? message }
}
