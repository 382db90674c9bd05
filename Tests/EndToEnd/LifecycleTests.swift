import Foundation
import Glibc
import Testing

/// Signals, health, and two servers on one folder.
@Suite(.serialized)
struct LifecycleTests {
    // MARK: SIGTERM

    @Test(arguments: [SIGTERM, SIGINT])
    func `a server that is told to stop finishes the upload in flight, then exits 0`(_ signal: CInt) throws {
        let server = try Server()
        let content = randomBytes(1_000_000)
        let location = try Client(server).startUpload("a")
        let connection = try HTTPConnection(port: server.port)
        let idle = try HTTPConnection(port: server.port)
        let target = adding("digest=\(sha256(content))", to: location)
        try connection.sendHead("PUT", target, [("Content-Length", "\(content.count)")])
        try connection.send(content[..<400_000])
        try idle.sendHead("GET", "/v2/")
        expect(try idle.readResponse(to: "GET"), 200)

        server.signal(signal)
        try isStopping(server)
        #expect(try idle.isClosedByServer())
        #expect(server.isRunning)
        try connection.send(content[400_000...])
        expect(try connection.readResponse(to: "PUT"), 201)
        #expect(server.waitForExit() == .code(0), "\(server.log)")

        try server.start()
        expectSame(try Client(server).pullBlob(sha256(content), from: "a"), content)
    }

    @Test func `a pull in flight is finished, too`() throws {
        let server = try Server()
        let blob = randomBytes(12 << 20)
        let digest = try Client(server).pushBlob(blob, to: "a")
        let connection = try HTTPConnection(port: server.port)
        connection.socket.limitReceiveBuffer(to: 64 << 10)
        try connection.sendHead("GET", "/v2/a/blobs/\(digest)")
        expect(try connection.readHead(), 200)
        server.signal(SIGTERM)
        try isStopping(server)
        expectSame(try connection.read(blob.count), blob)
        #expect(server.waitForExit() == .code(0), "\(server.log)")
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `a server that is told twice does not wait for what is in flight`(_ signal: CInt) throws {
        let server = try Server()
        let connection = try HTTPConnection(port: server.port)
        try connection.sendHead("POST", "/v2/a/blobs/uploads/?digest=\(sha256([]))", [("Content-Length", "100000000")])
        // More than a part.
        try connection.send(randomBytes(24 << 20))
        try eventually("that the upload is under way") { try !server.unfinished().isEmpty }
        server.signal(SIGTERM)
        try isStopping(server)
        #expect(server.isRunning)
        #expect(server.stop(signal) == .code(1), "\(server.log)")
        #expect(server.log.contains("stopping at once"), "\(server.log)")
    }

    /// Its port says nothing: it may belong to another test's server at once.
    private func isStopping(_ server: Server) throws {
        try eventually("that it says it stops; its log:\n\(server.log)") { server.log.contains("stopping: ") }
    }

    @Test func `a server with nothing to do exits 0 at once`() throws {
        let server = try Server()
        let kept = try HTTPConnection(port: server.port)
        #expect(server.stop() == .code(0), "\(server.log)")
        #expect(try kept.isClosedByServer())
    }

    // MARK: SIGHUP

    @Test func `a reload takes up new limits, and drops no connection`() throws {
        let directory = try TemporaryDirectory()
        let server = try Server(configuration: "limits: { manifest-size: 4MiB }\n", directory: directory)
        let connection = try HTTPConnection(port: server.port)
        let client = Client(server)
        let manifest = Manifest.image(layers: [], annotations: ["filling": String(repeating: "x", count: 5000)])
        try client.pushBlob(Array("{}".utf8), to: "a")
        try client.pushManifest(manifest, to: "a", as: "fits")

        // An upload that begins before the reload and ends after it.
        let content = randomBytes(100_000)
        try connection.sendHead(
            "POST", "/v2/a/blobs/uploads/?digest=\(sha256(content))", [("Content-Length", "100000")])
        try connection.send(content[..<50_000])
        _ = try directory.write("limits: { manifest-size: 4KiB }\n", to: "registryd.yaml")
        server.signal(SIGHUP)
        try eventually("that the new limit holds; the log: \(server.log)") {
            try client.putManifest(manifest, to: "a", as: "fits").status == 413
        }
        try connection.send(content[50_000...])
        expect(try connection.readResponse(to: "POST"), 201)
        try connection.sendHead("GET", "/v2/")
        expect(try connection.readResponse(to: "GET"), 200)
    }

    @Test func `a broken configuration is reported, and the one before stays`() throws {
        let directory = try TemporaryDirectory()
        let server = try Server(configuration: "limits: { manifest-size: 4KiB }\n", directory: directory)
        _ = try directory.write("limits: { manifest-sise: 4MiB }\n", to: "registryd.yaml")
        server.signal(SIGHUP)
        try eventually("that it is reported; the log: \(server.log)") { server.log.contains("manifest-sise") }
        let manifest = Manifest.image(layers: [], annotations: ["filling": String(repeating: "x", count: 5000)])
        expect(try Client(server).putManifest(manifest, to: "a", as: "x"), 413)
    }

    @Test func `a server that is open to all does not lose the word that opened it`() throws {
        let directory = try TemporaryDirectory()
        let server = try Server(
            listen: nil, configuration: "http: { listen: [\"0.0.0.0:0\"] }\naccess: { anonymous: push }\n",
            directory: directory)
        _ = try directory.write("{}\n", to: "registryd.yaml")
        server.signal(SIGHUP)
        try eventually("that it is refused; the log: \(server.log)") { server.log.contains("not reloaded: ") }
        #expect(server.log.contains("access.anonymous"), "\(server.log)")
        expect(try Client(server).get("/v2/", [("X-Forwarded-For", "192.0.2.1")]), 200)
    }

    @Test func `a renewed certificate is taken up`() throws {
        let directory = try TemporaryDirectory()
        let old = try Certificate(in: directory, name: "old")
        let new = try Certificate(in: directory, name: "new")
        let used = (certificate: directory("used.pem"), key: directory("used.key"))
        func install(_ certificate: Certificate) throws {
            try directory.write(contents(of: certificate.key), to: "used.key")
            try directory.write(contents(of: certificate.certificate), to: "used.pem")
        }
        try install(old)
        let server = try Server(
            settings: ["http.tls.certificate=\(used.certificate)", "http.tls.key=\(used.key)"], directory: directory)
        func isTrusted(_ certificate: Certificate) throws -> Bool {
            let url = "https://127.0.0.1:\(server.port)/v2/"
            return try runUnchecked("curl", ["-sS", "--cacert", certificate.certificate, url]).exit == .code(0)
        }
        #expect(try isTrusted(old))
        try install(new)
        server.signal(SIGHUP)
        try eventually("that the new certificate is shown; the log: \(server.log)") { try isTrusted(new) }
    }

    // MARK: Health

    @Test func `the admin listener tells of life and readiness, and of nothing else`() throws {
        let server = try Server(settings: ["http.admin-listen=127.0.0.1:0"], listeners: 2)
        let main = Client(server)
        let admin = Client(port: server.ports[1])
        for target in ["/healthz", "/readyz", "/metrics"] {
            expect(try admin.get(target), 200)
            expect(try main.get(target), 404)
        }
        expect(try admin.get("/v2/"), 404)
    }

    // MARK: One folder

    @Test func `a second server on the same folder is refused`() throws {
        let server = try Server()
        let second = try runUnchecked(
            Server.built("registryd"), ["serve", "--data", server.data, "--listen", "127.0.0.1:0"])
        #expect(second.exit == .code(69), "\(second)")
        #expect(second.errors.contains(server.data), "\(second)")
        expect(try Client(server).get("/v2/"), 200)
    }

    @Test func `what was pushed is there after a restart`() throws {
        let server = try Server()
        let image = try Client(server).pushImage(to: "a/b", as: "latest")
        let location = try Client(server).append([1, 2, 3], to: Client(server).startUpload("a/b"))
        #expect(server.stop() == .code(0))
        try server.start()
        let client = Client(server)
        expectSame(try client.get("/v2/a/b/manifests/latest").body, image.content)
        #expect(try client.get(location)["Range"] == "0-2")
        expect(try client.finish(location, sha256([1, 2, 3])), 201)
    }

    // MARK: The log

    @Test func `each request is a line of the log, as text or JSON`() throws {
        for format in ["text", "json"] {
            let server = try Server(settings: ["log.format=\(format)"])
            expect(try Client(server).get("/v2/some/repository/manifests/unknown"), 404)
            #expect(server.stop() == .code(0))
            let line = try #require(server.log.split(separator: "\n").last { $0.contains("some/repository") })
            #expect(line.contains("GET") && line.contains("404"), "\(line)")
            if format == "json" {
                for line in server.log.split(separator: "\n") {
                    #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
                }
            }
        }
    }
}
