import Testing

/// The server behind somebody else's.
struct ProxyTests {
    private static let forwarded = [("X-Forwarded-For", "192.0.2.7, 127.0.0.1")]

    /// What the log says of a request that a proxy on this machine forwarded.
    private func logged(trusting proxies: String) throws -> String {
        let server = try Server(settings: ["access.anonymous=push", "http.trusted-proxies=\(proxies)"])
        let answer = try Client(server).request("GET", "/v2/", Self.forwarded)
        expect(answer, 200)
        let id = try #require(answer["X-Request-Id"])
        var line: Substring?
        try eventually("a line for the request") {
            line = server.log.split(separator: "\n").first { $0.contains("id=\(id) ") }
            return line != nil
        }
        return String(line ?? "")
    }

    @Test func `a trusted proxy says whom the request is from`() throws {
        #expect(try logged(trusting: "[127.0.0.0/8]").hasSuffix(" client=192.0.2.7"))
    }

    @Test func `nobody else does`() throws {
        #expect(try logged(trusting: "[10.0.0.0/8]").hasSuffix(" client=127.0.0.1"))
    }

    @Test func `locations begin with the public URL, also of what is pushed`() throws {
        let server = try Server(settings: ["http.public-url=https://registry.example.com"])
        let client = Client(server)
        let content = randomBytes(100)
        let started = try client.post("/v2/a/blobs/uploads/")
        expect(started, 202)
        let location = try #require(started["Location"])
        #expect(location.hasPrefix("https://registry.example.com/v2/a/blobs/uploads/"))
        let path = String(location.dropFirst("https://registry.example.com".count))
        let pushed = try client.finish(path, sha256(content), body: content)
        expect(pushed, 201)
        #expect(pushed["Location"] == "https://registry.example.com/v2/a/blobs/\(sha256(content))")
    }
}
