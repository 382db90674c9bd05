/// An S3 server: `http://127.0.0.1:9000`, `https://s3.eu-central-1.amazonaws.com`, perhaps with a path that everything
/// it serves lies under.
struct Endpoint: Sendable, Hashable {
    enum Scheme: String, Sendable, Hashable {
        case http, https

        var defaultPort: Int { self == .http ? 80 : 443 }
    }

    let scheme: Scheme
    /// In lower case; an IPv6 address in its brackets.
    let host: String
    /// nil: the scheme's own.
    let port: Int?
    /// Percent-encoded; empty, or begins with a slash and does not end with one.
    let path: String

    /// AWS itself, in a region.
    static func aws(region: String) -> Endpoint {
        let domain = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        return Endpoint(scheme: .https, host: "s3.\(region).\(domain)", port: nil, path: "")
    }

    private init(scheme: Scheme, host: String, port: Int?, path: String) {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.path = path
    }

    /// Throws ``EndpointError`` unless `text` is a URL of a scheme, a host, perhaps a port and a path.
    init(_ text: String) throws(EndpointError) {
        func wrong(_ why: String) -> EndpointError { EndpointError(.malformed, "endpoint “\(text)” \(why)") }

        guard let colon = text.firstRange(of: "://"),
            let scheme = Scheme(rawValue: text[..<colon.lowerBound].lowercased())
        else { throw wrong("does not begin with http:// or https://") }
        let rest = text[colon.upperBound...]
        guard rest.utf8.allSatisfy({ (0x21...0x7e).contains($0) }), !rest.contains("?"), !rest.contains("#") else {
            throw wrong("has a query, a fragment or characters that no URL has")
        }
        let authority = rest.prefix { $0 != "/" }
        guard !authority.contains("@") else {
            throw EndpointError(.malformed, "an endpoint holds no user and password")
        }
        let bracket = authority.lastIndex(of: "]")
        var host = authority
        var port: Int?
        if let separator = authority.lastIndex(of: ":"), bracket.map({ $0 < separator }) ?? true {
            host = authority[..<separator]
            guard let number = Int(authority[authority.index(after: separator)...]), (1...65535).contains(number) else {
                throw wrong("has no valid port")
            }
            port = number
        }
        guard Self.isHost(host) else { throw wrong("has no valid host") }
        var path = rest[authority.endIndex...]
        while path.last == "/" { path.removeLast() }
        self.init(
            scheme: scheme,
            host: host.lowercased(),
            port: port == scheme.defaultPort ? nil : port,
            path: String(path)
        )
    }

    /// What the Host header says: the port only where it is not the scheme's own.
    func authority(subdomain: String? = nil) -> String {
        let name = subdomain.map { "\($0).\(host)" } ?? host
        return port.map { "\(name):\($0)" } ?? name
    }

    /// Whether a bucket may be put in front of the host.
    var takesSubdomains: Bool {
        path.isEmpty && !host.hasPrefix("[") && host != "localhost" && host.contains { $0.isLetter }
    }

    private static func isHost(_ text: Substring) -> Bool {
        if text.first == "[", text.last == "]" {
            return text.count > 3 && text.dropFirst().dropLast().allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
        }
        return !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "." || $0 == "_" }
    }
}

extension Endpoint: CustomStringConvertible {
    var description: String { "\(scheme.rawValue)://\(authority())\(path)" }
}

/// An endpoint, bucket or prefix of the configuration that is none.
struct EndpointError: Error, CustomStringConvertible {
    enum Code: Sendable, Hashable {
        case malformed
    }

    var code: Code
    var message: String
    var cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    var description: String { message }
}
