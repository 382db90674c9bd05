import Testing

/// `GET /v2/`: what a client asks first (OCI distribution specification, "Determining Support").
struct VersionTests {
    let client: Client

    init() throws {
        client = Client(try Server.shared())
    }

    @Test(arguments: ["/v2/", "/v2"])
    func `answers with an empty object and the API's version`(_ target: String) throws {
        let response = try client.get(target)
        expect(response, 200)
        #expect(response["Docker-Distribution-API-Version"] == "registry/2.0")
        #expect(response["Content-Type"]?.hasPrefix("application/json") == true)
        #expect(response["X-Content-Type-Options"] == "nosniff")
        let object: [String: String] = try response.decode()
        #expect(object.isEmpty)
    }

    @Test func `names the API's version in refusals, too`() throws {
        let response = try client.get("/v2/\(uniqueRepository())/manifests/latest")
        expect(response, 404)
        #expect(response["Docker-Distribution-API-Version"] == "registry/2.0")
        #expect(response["X-Content-Type-Options"] == "nosniff")
    }
}
