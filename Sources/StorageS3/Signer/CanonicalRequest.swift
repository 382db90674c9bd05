/// A request in the one form that client and server sign.
///
/// AWS documentation, "Create a signed AWS API request", with S3's exceptions: the path is not normalised, and encoded
/// once.
struct CanonicalRequest {
    /// Names of the headers that are covered, in lower case, between semicolons.
    let signedHeaders: String
    private let headers: [(name: String, value: String)]

    /// What proxies and HTTP clients add or change on the way.
    private static let unsigned: Set<String> = [
        "accept-encoding", "authorization", "connection", "expect", "keep-alive", "proxy-authenticate",
        "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id",
    ]

    /// `host` is covered whether it is among the headers or not.
    init(headers: [Header], host: String) {
        var covered: [(name: String, value: String)] = []
        covered.reserveCapacity(headers.count + 1)
        for header in headers {
            let name = header.name.lowercased()
            if !Self.unsigned.contains(name) { covered.append((name, header.value)) }
        }
        if !covered.contains(where: { $0.name == "host" }) { covered.append(("host", host)) }
        // Headers of one name keep their order. There are few, so that inserting them beats sorting and grouping.
        var sorted: [(name: String, value: String)] = []
        sorted.reserveCapacity(covered.count)
        for header in covered {
            sorted.insert(header, at: sorted.lastIndex { $0.name <= header.name }.map { $0 + 1 } ?? 0)
        }
        var names = ""
        for (index, header) in sorted.enumerated() where index == 0 || sorted[index - 1].name != header.name {
            if index > 0 { names += ";" }
            names += header.name
        }
        self.headers = sorted
        signedHeaders = names
    }

    /// SHA-256 of the canonical form.
    func hash(method: String, target: RequestTarget, payload: PayloadHash) -> [UInt8] {
        sha256(bytes(method: method, target: target, payload: payload))
    }

    func bytes(method: String, target: RequestTarget, payload: PayloadHash) -> [UInt8] {
        let newline = UInt8(ascii: "\n")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1024)
        bytes += method.utf8
        bytes.append(newline)
        bytes += target.path.utf8
        bytes.append(newline)
        target.query.appendCanonical(to: &bytes)
        for (index, header) in headers.enumerated() {
            if index > 0, headers[index - 1].name == header.name {
                bytes.append(UInt8(ascii: ","))
            } else {
                bytes.append(newline)
                bytes += header.name.utf8
                bytes.append(UInt8(ascii: ":"))
            }
            Self.append(folded: header.value, to: &bytes)
        }
        bytes.append(newline)
        bytes.append(newline)
        bytes += signedHeaders.utf8
        bytes.append(newline)
        bytes += payload.headerValue.utf8
        return bytes
    }

    /// A header's value without the space around it, and one space for each run of it inside.
    private static func append(folded value: String, to bytes: inout [UInt8]) {
        let start = bytes.count
        var pending = false
        for byte in value.utf8 {
            if byte == UInt8(ascii: " ") || (0x09...0x0d).contains(byte) {
                pending = true
            } else {
                if pending, bytes.count > start { bytes.append(UInt8(ascii: " ")) }
                pending = false
                bytes.append(byte)
            }
        }
    }
}
