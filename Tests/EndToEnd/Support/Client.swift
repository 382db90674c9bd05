import Foundation

/// Requests over one kept-alive connection, opened anew where the server closed it.
final class Client {
    let port: UInt16
    /// Kept: a server ends when nobody holds it.
    private let server: Server?
    private var connection: HTTPConnection?

    init(port: UInt16) {
        self.port = port
        server = nil
    }

    init(_ server: Server) {
        port = server.port
        self.server = server
    }

    /// Sends a request and reads its answer. Content-Length is added where there is a body, and for methods that have
    /// one.
    func request(
        _ method: String,
        _ target: String,
        _ headers: [(String, String)] = [],
        body: [UInt8]? = nil
    ) throws -> HTTPResponse {
        let connection = try open()
        var headers = headers
        let framed = headers.contains { ["content-length", "transfer-encoding"].contains($0.0.lowercased()) }
        if !framed, body != nil || ["POST", "PUT", "PATCH"].contains(method) {
            headers.append(("Content-Length", "\(body?.count ?? 0)"))
        }
        do {
            try connection.send(Array(HTTPConnection.head(method, target, headers).utf8) + (body ?? []))
        } catch let error as SystemError where error.code == EPIPE || error.code == ECONNRESET {
            // The server may have answered before it had the whole body, and gone. The answer is what counts.
        }
        do {
            let response = try connection.readResponse(to: method)
            if response["Connection"]?.lowercased() == "close" { self.connection = nil }
            return response
        } catch {
            self.connection = nil
            throw error
        }
    }

    /// A connection with nothing on its way: the one that is open, or a new one.
    func open() throws -> HTTPConnection {
        // Readable while nothing is asked for: the server has closed it.
        if let connection, try !connection.socket.isReadable(within: 0) { return connection }
        let new = try HTTPConnection(port: port)
        connection = new
        return new
    }

    /// The next request goes over another connection.
    func forget() { connection = nil }

    func get(_ target: String, _ headers: [(String, String)] = []) throws -> HTTPResponse {
        try request("GET", target, headers)
    }

    func head(_ target: String, _ headers: [(String, String)] = []) throws -> HTTPResponse {
        try request("HEAD", target, headers)
    }

    func post(_ target: String, _ headers: [(String, String)] = [], body: [UInt8]? = nil) throws -> HTTPResponse {
        try request("POST", target, headers, body: body)
    }

    func put(_ target: String, _ headers: [(String, String)] = [], body: [UInt8]? = nil) throws -> HTTPResponse {
        try request("PUT", target, headers, body: body)
    }

    func patch(_ target: String, _ headers: [(String, String)] = [], body: [UInt8]? = nil) throws -> HTTPResponse {
        try request("PATCH", target, headers, body: body)
    }

    func delete(_ target: String) throws -> HTTPResponse {
        try request("DELETE", target)
    }
}

/// `target` with another query parameter.
func adding(_ parameter: String, to target: String) -> String {
    target + (target.contains("?") ? "&" : "?") + parameter
}
