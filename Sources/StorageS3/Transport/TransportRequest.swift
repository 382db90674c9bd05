import NIOCore

/// One HTTP request.
struct TransportRequest: Sendable {
    var method: String
    /// Absolute, http or https, encoded as it is to be sent: neither path nor query is touched.
    var url: String
    /// Sent in this order, repeated names and all. Nothing is added but Host, where it is not among them, and Content-Length,
    /// which is the body's and may not be.
    var headers: TransportHeaders
    var body: Body
    /// The longest time without a byte in either direction, once connected; nil: no limit. Time in which the other end waits
    /// for us, because a response's reader or a streamed body's source is slow, does not count.
    var stallTimeout: Duration?
    /// For everything, from `send` to the response's last byte taken from the socket; nil: no limit.
    var deadline: Duration?
    /// The deadline is not for what comes after the head of a success (2xx): its reader may take as long as he likes.
    var deadlineEndsWithHead: Bool
    /// Never on a connection that was used before. Such a one may turn out dead, and curl then sends a request again by itself.
    var needsFreshConnection: Bool

    init(
        _ method: String,
        _ url: String,
        headers: TransportHeaders = [:],
        body: Body = .none,
        stallTimeout: Duration? = .seconds(60),
        deadline: Duration? = nil,
        deadlineEndsWithHead: Bool = false,
        needsFreshConnection: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.stallTimeout = stallTimeout
        self.deadline = deadline
        self.deadlineEndsWithHead = deadlineEndsWithHead
        self.needsFreshConnection = needsFreshConnection
    }
}

extension TransportRequest {
    enum Body: Sendable {
        /// POST, PUT and PATCH say `Content-Length: 0`, the others nothing.
        case none
        case buffers([ByteBuffer])
        /// `length` bytes of an open file from `offset` on, read by the I/O thread as the socket takes them. `owner` keeps the
        /// descriptor open; it is held as long as the file may be read, which is longer than `send` when an answer comes early.
        case file(descriptor: CInt, offset: Int64, length: Int64, owner: (any AnyObject & Sendable)?)
        /// Exactly `length` bytes, pulled as the socket takes them. Cannot be sent twice, so the caller gets to see a dead
        /// connection that would have been replaced otherwise. What the sequence throws is the error's cause. An answer that
        /// comes before the end cancels the task in which the sequence is iterated.
        case stream(any AsyncSequence<ByteBuffer, any Error> & Sendable, length: Int64)

        /// Bytes.
        var length: Int64 {
            switch self {
            case .none: 0
            case .buffers(let buffers): buffers.reduce(0) { $0 + Int64($1.readableBytes) }
            case .file(_, _, let length, _), .stream(_, let length): length
            }
        }
    }

    /// Scheme, host and port: what may share a connection.
    var origin: Substring {
        var slashes = 0
        let end = url.utf8.firstIndex { byte in
            if byte == UInt8(ascii: "/") { slashes += 1 }
            return slashes == 3 || byte == UInt8(ascii: "?")
        }
        return url[..<(end ?? url.endIndex)]
    }

    /// For messages. Without the query, as that of a presigned URL is a credential.
    var name: String { "\(method) \(url.prefix { $0 != "?" })" }

    /// Why this is no request; nil: it is one.
    var flaw: String? {
        func isToken(_ text: String) -> Bool {
            !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") }
        }
        if !isToken(method) { return "the method is no word" }
        if !url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) { return "the URL is not encoded" }
        for (name, value) in headers {
            if !isToken(name) || name.contains(";") { return "“\(name)” is no header's name" }
            if value.utf8.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 }) {
                return "the header \(name) has a line break"
            }
            let lowercased = name.lowercased()
            if lowercased == "content-length" || lowercased == "transfer-encoding" {
                return "\(name) is the body's to say"
            }
        }
        return body.length < 0 ? "the body's length is negative" : nil
    }
}
