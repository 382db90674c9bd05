package import NIOCore
package import NIOHTTP1
package import RegistryCore

/// An answer, as an endpoint gives it. The connection adds what every answer has: Date, the request's id, how the connection
/// goes on.
package struct Response: ~Copyable {
    package var status: HTTPResponseStatus
    package var headers: HTTPHeaders
    package var body: Body
    /// Is told why the body broke off.
    package var broken: (@Sendable (any Error) -> Void)?

    /// What the log is to say of the request.
    var route = Route.Name.unknown
    var repository: String?
    var user: String?
    var failure: String?

    package enum Body: ~Copyable {
        /// No body; Content-Length says what a GET would have had, where the endpoint set it.
        case none
        case bytes(ByteBuffer)
        /// Bytes of a blob; as many as Content-Length says.
        case content(BlobContent)
        /// Written piece by piece; as many bytes as Content-Length says.
        case pieces(@Sendable (BodyWriter) async throws -> Void)
    }

    package init(_ status: HTTPResponseStatus, _ headers: HTTPHeaders = [:], body: consuming Body = .none) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A JSON document.
    package init(
        _ status: HTTPResponseStatus,
        _ headers: HTTPHeaders = [:],
        json: ByteBuffer,
        type: String = "application/json"
    ) {
        var headers = headers
        headers.add(name: "Content-Type", value: type)
        headers.add(name: "Content-Length", value: String(json.readableBytes))
        self.init(status, headers, body: .bytes(json))
    }
}

/// Answers requests.
package protocol HTTPResponder: Sendable {
    /// Never fails: what goes wrong is an answer, too.
    func respond(to request: Request) async -> Response
}
