package import NIOCore
package import NIOHTTP1
internal import RegistryCore

/// A request, as an endpoint sees it. Its body comes when it is asked for.
package struct Request: Sendable {
    package let method: HTTPMethod
    /// The path as it came, without the query.
    package let path: Substring
    package let query: Query
    package let headers: HTTPHeaders
    package let body: RequestBody
    /// Tells this request from all others in the log; short enough to say on the phone.
    package let id: String
    package let origin: Origin

    /// Where a request comes from.
    package struct Origin: Sendable {
        /// The client's address, the one that a trusted proxy told if there is one.
        var address: String
        /// The client, or the proxy that it came by, spoke TLS.
        var isSecure: Bool
        /// The user that the connection's certificate names.
        var certificate: UserName?
        /// Scheme and host that clients reach the server by, if the operator has said so.
        var publicURL: String?
    }

    init(_ head: HTTPRequestHead, body: RequestBody, id: String, from origin: Origin) {
        self.origin = origin
        method = head.method
        let target = originForm(head.uri)
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
        path = target[..<mark]
        query = Query(target[mark...].dropFirst())
        headers = head.headers
        self.body = body
        self.id = id
    }

    /// Scheme and host as the client sees them.
    var baseURL: String {
        if let url = origin.publicURL { return url }
        let host = headers.first(name: "Host") ?? ""
        let isPlain =
            !host.isEmpty && host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"/?#@\"\\<>,".utf8.contains($0) }
        return "\(origin.isSecure ? "https" : "http")://\(isPlain ? host : "localhost")"
    }

    /// Content-Length; nil: the body comes in chunks, or there is none.
    package var contentLength: Int64? {
        headers.first(name: "Content-Length").flatMap { Int64($0) }
    }

    /// Content-Type without its parameters; nil: there is none.
    package var mediaType: String? {
        guard let type = headers.first(name: "Content-Type")?.prefix(while: { $0 != ";" }) else { return nil }
        return type.split(whereSeparator: { $0 == " " || $0 == "\t" }).first.map { String($0) }
    }
}

/// A target may be a whole URL, as proxies are asked for one (RFC 9112, section 3.2.2); what counts is after the host.
private func originForm(_ target: String) -> Substring {
    if target.utf8.first == UInt8(ascii: "/") { return target[...] }
    let lowercased = target.prefix(8).lowercased()
    guard let scheme = ["http://", "https://"].first(where: { lowercased.hasPrefix($0) }) else { return target[...] }
    let rest = target.utf8.dropFirst(scheme.utf8.count)
    return Substring(rest[(rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex)...])
}

/// The query of a request. A plus sign is a plus sign: media types have them, and clients do not always encode them.
package struct Query: Sendable {
    private let items: [(name: String, value: String)]

    /// More than anybody asks for. What comes after is as if it were not there.
    private static let mostItems = 256

    /// - Parameter isForm: the body of a form, where a plus sign is a space.
    init(_ text: Substring, isForm: Bool = false) {
        guard !text.isEmpty else {
            items = []
            return
        }
        items = text.utf8.split(separator: UInt8(ascii: "&"), maxSplits: Self.mostItems).prefix(Self.mostItems).map {
            let parts = $0.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let (name, value) = (Substring(parts[0]), parts.count > 1 ? Substring(parts[1]) : "")
            return (percentDecoded(name, isForm: isForm), percentDecoded(value, isForm: isForm))
        }
    }

    package subscript(name: String) -> String? {
        items.first { $0.name == name }?.value
    }

    package func all(_ name: String) -> [String] {
        items.filter { $0.name == name }.map(\.value)
    }
}

/// Text that is not properly encoded stays as it is.
func percentDecoded(_ text: Substring, isForm: Bool = false) -> String {
    let isCoded = text.utf8.contains { $0 == UInt8(ascii: "%") || isForm && $0 == UInt8(ascii: "+") }
    guard isCoded else { return String(text) }
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
        if isForm, byte == UInt8(ascii: "+") {
            bytes.append(UInt8(ascii: " "))
        } else if byte == UInt8(ascii: "%"),
            let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16),
            rest.prefix(2).count == 2, rest.first != UInt8(ascii: "+"), rest.first != UInt8(ascii: "-")
        {
            bytes.append(value)
            rest = rest.dropFirst(2)
        } else {
            bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// Everything but unreserved characters (RFC 3986, section 2.3) as %XX.
func percentEncoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            bytes.append(byte)
        default:
            bytes.append(UInt8(ascii: "%"))
            let digits = Array("0123456789ABCDEF".utf8)
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// The body of a request, buffer by buffer as the client sends it. Asking for the next is what makes the connection read on.
package struct RequestBody: AsyncSequence, Sendable {
    package typealias Element = ByteBuffer
    package typealias Failure = any Error

    let connection: Connection

    package struct AsyncIterator: AsyncIteratorProtocol {
        let connection: Connection

        package mutating func next() async throws -> ByteBuffer? {
            try await connection.nextBodyPart()
        }

        package mutating func next(isolation actor: isolated (any Actor)?) async throws -> ByteBuffer? {
            try await connection.nextBodyPart()
        }
    }

    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(connection: connection)
    }
}
