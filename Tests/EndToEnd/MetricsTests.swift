import Testing

/// What the admin listener tells Prometheus.
struct MetricsTests {
    private func metrics(_ admin: Client) throws -> [String: Double] {
        let response = try admin.get("/metrics")
        expect(response, 200)
        #expect(response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(response.text.hasSuffix("\n"))
        var samples: [String: Double] = [:]
        var types: Set<Substring> = []
        for line in response.text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.hasPrefix("# TYPE ") { types.insert(words[2]) }
            if line.hasPrefix("#") { continue }
            let name = line.prefix { $0 != "{" && $0 != " " }
            let family = [name, name.dropLast("_sum".count), name.dropLast("_count".count)]
            #expect(!types.isDisjoint(with: family), "\(line)")
            samples[words.dropLast().joined(separator: " ")] = words.last.flatMap { Double($0) }
        }
        return samples
    }

    @Test func `requests, uploads and the process are told`() throws {
        let server = try Server(settings: ["http.admin-listen=127.0.0.1:0"], listeners: 2)
        let (client, admin) = (Client(server), Client(port: server.ports[1]))
        let none = try metrics(admin)
        let version = try run(Server.built("registryd"), "--version").line
        #expect(none["registryd_build_info{version=\"\(version)\"}"] == 1)
        #expect(try #require(none["process_start_time_seconds"]) > 1.7e9)
        #expect(try #require(none["process_resident_memory_bytes"]) > 1e6)
        #expect(!none.keys.contains { $0.hasPrefix("registryd_http") || $0.hasPrefix("registryd_migration") })
        let backend = server.bucket == nil ? "disk" : "s3"
        #expect(none["registryd_uploads_open{backend=\"\(backend)\"}"] == 0)

        let content = randomBytes(1000)
        let digest = try client.pushBlob(content, to: "a")
        expectSame(try client.pullBlob(digest, from: "a"), content)
        expectSame(try client.pullBlob(digest, from: "a"), content)
        expect(try client.get("/v2/a/manifests/none"), 404)
        _ = try client.startUpload("a")
        let pulls = "registryd_http_requests_total{route=\"blob\",method=\"GET\",code=\"200\"}"
        // An answer is counted when it is out.
        try eventually("that all is counted") {
            try metrics(admin)["registryd_http_requests_total{route=\"uploads\",method=\"POST\",code=\"202\"}"] == 2
        }
        let all = try metrics(admin)
        #expect(all[pulls] == 2)
        #expect(all["registryd_http_requests_total{route=\"manifest\",method=\"GET\",code=\"404\"}"] == 1)
        #expect(all["registryd_http_requests_total{route=\"upload\",method=\"PUT\",code=\"201\"}"] == 1)
        #expect(all["registryd_http_received_bytes_total{route=\"upload\"}"] == 1000)
        #expect(all["registryd_http_sent_bytes_total{route=\"blob\"}"] == 2000)
        #expect(all["registryd_http_request_duration_seconds_count{route=\"blob\"}"] == 2)
        #expect(try #require(all["registryd_http_request_duration_seconds_sum{route=\"blob\"}"]) > 0)
        #expect(all["registryd_uploads_open{backend=\"\(backend)\"}"] == 1)

        expect(try client.get("/metrics"), 404)
        expect(try admin.head("/metrics"), 200)
    }
}
