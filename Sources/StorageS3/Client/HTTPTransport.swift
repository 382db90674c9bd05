import NIOCore

/// What the client sends its requests with. The real one is ``CurlTransport``.
protocol HTTPTransport: Sendable {
    /// Returns with the head of the response, whatever its status. Its body then comes as it is read.
    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse
}

extension CurlTransport: HTTPTransport {}

extension CurlTransport {
    /// A request to a service that hands out credentials.
    func answer(_ request: Surroundings.Request) async throws -> Surroundings.Answer {
        let response = try await send(
            TransportRequest(
                request.method,
                request.url,
                headers: TransportHeaders(request.headers.map { ($0.key, $0.value) }),
                body: request.body.isEmpty ? .none : .buffers([.init(bytes: request.body)]),
                deadline: request.timeout
            ))
        let body = try await response.body.collect(upTo: 1 << 20)
        return Surroundings.Answer(status: response.status, body: Array(body.readableBytesView))
    }
}
