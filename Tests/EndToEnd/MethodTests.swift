import Testing

/// Methods that a route does not have, and routes that there are not.
struct MethodTests {
    let client: Client
    static let session = "/v2/a/blobs/uploads/4c2f0e7a-0000-4000-8000-000000000000"

    init() throws {
        client = Client(try Server.shared())
    }

    @Test(arguments: [
        ("/v2/", ["POST", "PUT", "DELETE", "PATCH"], ["GET"]),
        ("/v2/_catalog", ["POST", "PUT", "DELETE"], ["GET"]),
        ("/v2/a/manifests/latest", ["POST", "PATCH"], ["GET", "HEAD", "PUT", "DELETE"]),
        ("/v2/a/blobs/\(sha256([]))", ["POST", "PUT", "PATCH"], ["GET", "HEAD", "DELETE"]),
        ("/v2/a/blobs/uploads/", ["GET", "PUT", "PATCH", "DELETE"], ["POST"]),
        (session, ["POST"], ["GET", "PATCH", "PUT", "DELETE"]),
        ("/v2/a/tags/list", ["POST", "PUT", "DELETE", "PATCH"], ["GET"]),
        ("/v2/a/referrers/\(sha256([]))", ["POST", "PUT", "DELETE"], ["GET"]),
    ])
    func `a method that a route does not have is 405, and Allow says which it has`(
        _ target: String,
        _ refused: [String],
        _ allowed: [String]
    ) throws {
        for method in refused {
            let response = try client.request(method, target)
            expect(response, 405, "UNSUPPORTED")
            let named = (response["Allow"] ?? "").split(separator: ",").map { $0.trimming(" ") }
            #expect(Set(named).isSuperset(of: allowed), "\(response)")
            #expect(!named.contains(method), "\(response)")
        }
    }

    @Test(arguments: ["TRACE", "CONNECT", "PROPFIND", "BREW"])
    func `a method that no route has is refused`(_ method: String) throws {
        let connection = try HTTPConnection(port: client.port)
        try connection.sendHead(method, method == "CONNECT" ? "localhost:80" : "/v2/")
        expect(try connection.readHead(), 400...501)
    }

    @Test(arguments: [
        "/", "/favicon.ico", "/v1/", "/v2/x", "/v2/a/unknown/b", "/v2/a/manifests",
        "/v2/a/tags", "/v2/a/tags/lists", "/v2/manifests/latest", "/v2/a/tags/list/", "/v20/",
        "/healthz", "/metrics",
    ])
    func `a route that there is not is 404`(_ target: String) throws {
        let response = try client.get(target)
        expect(response, 404)
        #expect(!response.errors.isEmpty, "\(response)")
    }

    @Test(arguments: ["/v2/a/manifests/", "/v2/a/blobs/", "/v2/a/referrers/"])
    func `a route without its last component is refused`(_ target: String) throws {
        expect(try client.get(target), 400...404)
    }

    @Test func `an upload may be opened without the slash at the end`() throws {
        #expect([202, 404].contains(try client.post("/v2/\(uniqueRepository())/blobs/uploads").status))
    }
}
