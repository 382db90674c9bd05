/// The answer to a request: any final one, whatever its status.
struct TransportResponse: Sendable {
    let status: Int
    let headers: TransportHeaders
    /// Decoded as far as Transfer-Encoding goes, and no further.
    let body: TransportBody
}
