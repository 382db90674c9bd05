import Testing

/// Clients of HTTP/2 that make work for nothing.
struct LimitHTTP2Tests {
    private let directory: TemporaryDirectory
    private let server: Server
    private let tunnel: HTTP2Tunnel

    init() throws {
        directory = try TemporaryDirectory()
        let certificate = try Certificate(in: directory)
        server = try Server(
            settings: ["http.tls.certificate=\(certificate.certificate)", "http.tls.key=\(certificate.key)"])
        tunnel = try HTTP2Tunnel(to: server, trusting: certificate)
    }

    private static let enhanceYourCalm: UInt32 = 11

    @Test func `a request is answered`() throws { _ = try served() }

    /// A connection whose first request was answered.
    private func served() throws -> HTTP2Connection {
        let connection = try HTTP2Connection(tunnel)
        #expect(try connection.isServed("/v2/"), "\(tunnel.log)\(server.log)")
        return connection
    }

    /// CVE-2023-44487.
    @Test(arguments: [true, false])
    func `who opens and resets streams as fast as they can is cut off, and others are served`(_ isWhole: Bool) throws {
        let other = try served()
        let before = try server.residentMemory()
        for _ in 0..<3 {
            let client = try served()
            let frames = (1...20_000).flatMap { index in
                let stream = UInt32(2 * index + 1)
                return [HTTP2Connection.Frame.request("/v2/", on: stream, ends: isWhole), .reset(stream)]
            }
            // It is cut off before all of it is sent.
            try? client.send(frames)
            #expect([nil, Self.enhanceYourCalm].contains(try client.goodbye()))
        }
        #expect(try other.isServed("/v2/", on: 3))
        let requests = server.log.split(separator: "\n").count { $0.contains("GET version") }
        #expect(requests < 5000, "a request for each stream")
        #expect(try server.residentMemory() - before < 64 << 20)
    }

    @Test func `who sends a head without end is cut off`() throws {
        let client = try served()
        var head = HTTP2Connection.Frame.request("/v2/", on: 3)
        head.flags = 1
        // A field of 1000 bytes in each, and never END_HEADERS.
        let field: [UInt8] = [0, 1, 0x61, 0x7f, 0xe9, 0x06] + [UInt8](repeating: 0x62, count: 1000)
        let more = (0..<10_000).map { _ in HTTP2Connection.Frame(type: 9, stream: 3, payload: field) }
        try? client.send([head] + more)
        _ = try client.goodbye()
        _ = try served()
    }

    @Test(arguments: [
        HTTP2Connection.Frame(type: 6, payload: [1, 2, 3, 4, 5, 6, 7, 8]), HTTP2Connection.Frame(type: 4),
    ])
    func `who floods it with pings or settings is cut off`(_ frame: HTTP2Connection.Frame) throws {
        let client = try served()
        try? client.send(Array(repeating: frame, count: 20_000))
        _ = try client.goodbye()
        _ = try served()
    }
}
