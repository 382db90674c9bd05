/// Why a request has no response, or a response not all of its body. Whether to try again is the caller's to decide; what it
/// takes to decide is here.
struct TransportError: Error, Sendable {
    enum Code: Sendable, Hashable {
        /// Never sent: no URL, a header with a line break in it.
        case invalidRequest
        case couldNotResolve
        case couldNotConnect
        case timedOutConnecting
        /// The handshake failed, or the certificate is not one to trust, or the CA file cannot be read.
        case tls
        /// No byte in either direction for the request's `stallTimeout`.
        case stalled
        /// The request's `deadline` has passed.
        case deadline
        /// The connection ended before the response did, in its headers or in its body.
        case connectionLost
        /// What came is not HTTP, or has too large a head.
        case malformedResponse
        /// More bytes than `collect(upTo:)` was to take.
        case tooLarge
        /// The request's body could not be had: its file is shorter than said, its stream threw.
        case bodyFailed
        case cancelled
        /// The transport was shut down.
        case shutDown
        case other
    }

    var code: Code
    /// What failed and of what: `PUT http://127.0.0.1:9000/bucket/key: Recv failure: Connection reset by peer`.
    var message: String
    /// Bytes of the request's body that the system took. The server need not have got them.
    var sentBytes: Int64 = 0
    /// Bytes of the response's body that came.
    var receivedBytes: Int64 = 0
    /// Any byte of a response came, be it of a 100 Continue.
    var responseBegan = false
    /// The connection had served another request before. If it is lost before a response began, the server had most likely
    /// closed it while it was idle.
    var reusedConnection = false
    var cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }
}

extension TransportError: CustomStringConvertible {
    var description: String { cause.map { "\(message) (\($0))" } ?? message }
}
