/// The answer to a request: any final one, whatever its status.
struct TransportResponse: Sendable {
    let status: Int
    let headers: TransportHeaders
    /// Decoded as far as Transfer-Encoding goes, and no further.
    let body: TransportBody
    /// The request went out more than once: the connection, which had served others before, ended without an answer. The
    /// server may have carried it out each time.
    var wasResent = false
}
