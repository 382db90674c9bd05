import Foundation

/// A small blocking HTTP/1.1 client that does what it is told, also what no client should. One request after another,
/// or several ahead of their answers; for one thread at a time.
final class HTTPConnection {
    let socket: Socket
    private var buffer: [UInt8] = []

    init(port: UInt16) throws {
        socket = try Socket(port: port)
    }

    // MARK: Sending

    func send(_ text: String) throws {
        try socket.send(Array(text.utf8))
    }

    func send(_ bytes: some Collection<UInt8>) throws {
        try socket.send(bytes)
    }

    /// A request's head. Host is added unless it is among the headers; nothing else is.
    func sendHead(_ method: String, _ target: String, _ headers: [(String, String)] = []) throws {
        try send(Self.head(method, target, headers))
    }

    static func head(_ method: String, _ target: String, _ headers: [(String, String)] = []) -> String {
        let host = headers.contains { $0.0.lowercased() == "host" } ? [] : [("Host", "localhost")]
        let fields = (host + headers).map { "\($0.0): \($0.1)\r\n" }.joined()
        return "\(method) \(target) HTTP/1.1\r\n\(fields)\r\n"
    }

    /// A chunk of a body with chunked transfer encoding; an empty one ends it.
    func sendChunk(_ bytes: [UInt8]) throws {
        try send(Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8))
    }

    // MARK: Receiving

    /// The next response's head, interim (1xx) ones too.
    func readHead() throws -> HTTPResponse {
        let end = Array("\r\n\r\n".utf8)
        var searched = 0
        while true {
            if let found = buffer[searched...].firstRange(of: end) {
                let head = String(decoding: buffer[..<found.lowerBound], as: UTF8.self)
                buffer.removeSubrange(..<found.upperBound)
                return try Self.parse(head)
            }
            searched = max(0, buffer.count - 3)
            try fill()
        }
    }

    /// The next response with its body, without interim ones.
    func readResponse(to method: String) throws -> HTTPResponse {
        var response = try readHead()
        while response.status < 200 { response = try readHead() }
        // RFC 9112, section 6.3: these have no body, whatever the headers say.
        if method == "HEAD" || response.status == 204 || response.status == 304 { return response }
        if response["Transfer-Encoding"]?.lowercased() == "chunked" {
            response.body = try readChunks()
        } else if let length = response["Content-Length"] {
            guard let length = Int(length), length >= 0 else {
                throw UnexpectedResponse(what: "Content-Length is no number", response: response)
            }
            response.body = try read(length)
        } else {
            response.body = try readToEnd()
        }
        return response
    }

    /// Exactly `count` bytes.
    func read(_ count: Int) throws -> [UInt8] {
        while buffer.count < count { try fill() }
        if buffer.count == count {
            defer { buffer = [] }
            return buffer
        }
        defer { buffer.removeSubrange(..<count) }
        return Array(buffer[..<count])
    }

    /// Everything until the server closes the connection.
    func readToEnd() throws -> [UInt8] {
        while true {
            let more = try socket.receive()
            if more.isEmpty { break }
            buffer.append(contentsOf: more)
        }
        defer { buffer = [] }
        return buffer
    }

    /// Waits until the server has closed the connection, be it with a reset; false: it sent something instead.
    func isClosedByServer() throws -> Bool {
        guard buffer.isEmpty else { return false }
        do {
            return try socket.receive().isEmpty
        } catch let error as SystemError where error.code == ECONNRESET || error.code == EPIPE {
            return true
        }
    }

    private func readChunks() throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let line = try readLine()
            guard let length = Int(line.prefix { $0 != ";" }, radix: 16) else {
                throw MalformedResponse(what: "the length of a chunk is \(line)")
            }
            if length == 0 { break }
            body.append(contentsOf: try read(length))
            guard try readLine().isEmpty else { throw MalformedResponse(what: "a chunk is longer than it says") }
        }
        while try !readLine().isEmpty {}  // trailers
        return body
    }

    private func readLine() throws -> String {
        while true {
            if let end = buffer.firstRange(of: Array("\r\n".utf8)) {
                defer { buffer.removeSubrange(..<end.upperBound) }
                return String(decoding: buffer[..<end.lowerBound], as: UTF8.self)
            }
            try fill()
        }
    }

    private func fill() throws {
        let more = try socket.receive()
        if more.isEmpty { throw ConnectionClosed(unread: buffer.count) }
        buffer.append(contentsOf: more)
    }

    private static func parse(_ head: String) throws -> HTTPResponse {
        let lines = head.components(separatedBy: "\r\n")
        let status = lines[0].split(separator: " ", maxSplits: 2)
        guard status.count >= 2, status[0].hasPrefix("HTTP/1."), let code = Int(status[1]) else {
            throw MalformedResponse(what: "the status line is \(lines[0])")
        }
        var headers = HTTPHeaders()
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { throw MalformedResponse(what: "a header is \(line)") }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            headers.fields.append((String(line[..<colon]), value))
        }
        return HTTPResponse(version: String(status[0]), status: code, headers: headers)
    }
}

/// The server closed the connection in the middle of a response, or before one.
struct ConnectionClosed: Error {
    var unread: Int
}

struct MalformedResponse: Error {
    var what: String
}
