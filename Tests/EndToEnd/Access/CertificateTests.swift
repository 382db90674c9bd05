import Glibc
import Testing

/// What a client's certificate says counts when its authority is believed, and not otherwise.
@Suite final class CertificateTests {
    @Test func `another authority's certificate gets no connection`() throws {
        let directory = try TemporaryDirectory()
        let certificate = try Certificate(in: directory)
        let authority = try CertificateAuthority(in: directory)
        let other = try CertificateAuthority(in: try TemporaryDirectory())
        let server = try Server(
            settings: [
                "http.tls={certificate: \(certificate.certificate), key: \(certificate.key), client-ca: \(authority.certificate)}",
                "access={anonymous: none, certificates: subject-cn}",
            ])
        try server.addUser("alice")
        func curl(_ arguments: String...) throws -> ProcessResult {
            try runUnchecked(
                "curl",
                [
                    "-s", "--noproxy", "*", "--cacert", certificate.certificate, "-o", "/dev/null", "-w",
                    "%{http_code}",
                    "https://127.0.0.1:\(server.port)/v2/",
                ] + arguments)
        }
        let good = try authority.certificate(for: "alice")
        for version in ["--http1.1", "--http2"] {
            #expect(try curl(version, "--cert", good, "--key", good).line == "200")
            #expect(try curl(version).line == "401")
            // Credentials count before the certificate.
            #expect(try curl(version, "--cert", good, "--key", good, "-u", "alice:wrong").line == "401")
            #expect(try curl(version, "-u", "alice:\(password("alice"))").line == "200")
            let bad = try other.certificate(for: "alice")
            #expect(try curl(version, "--cert", bad, "--key", bad).exit != .code(0))
        }
        // Older than TLS 1.2 is not spoken.
        #expect(try curl("--tls-max", "1.1").exit != .code(0))
        #expect(try curl("--tls-max", "1.2").line == "401")
        try server.command("user", "remove", "alice")
        let before = try server.audit().count
        #expect(try curl("--cert", good, "--key", good).line == "401")
        let line = try #require(server.audit().dropFirst(before).first)
        #expect(line["event"] == "login-failed" && line["actor"] == "alice" && line["what"] == "certificate")
    }

    @Test func `when they do not count any more, they do not on connections that are open`() throws {
        let directory = try TemporaryDirectory()
        let certificate = try Certificate(in: directory)
        let authority = try CertificateAuthority(in: directory)
        func configuration(_ access: String) -> String {
            """
            http:
              tls: {certificate: \(certificate.certificate), key: \(certificate.key), client-ca: \(authority.certificate)}
            access: {\(access)}
            """
        }
        let server = try Server(configuration: configuration("anonymous: none, certificates: subject-cn"))
        try server.addUser("alice")
        let tunnel = try TLSTunnel(to: server, trusting: certificate, as: try authority.certificate(for: "alice"))
        let client = Client(port: tunnel.port)
        #expect(try client.get("/v2/").status == 200)
        _ = try server.directory.write(configuration("anonymous: none"), to: "registryd.yaml")
        server.signal(SIGHUP)
        var refused: HTTPResponse?
        try eventually("that the certificate does not count") {
            let response = try client.get("/v2/")
            if response.status == 401 { refused = response }
            return refused != nil
        }
        // That was the connection that was open: it ends, as clients may be believed again on another.
        #expect(refused?["Connection"] == "close")
        try Caller("alice", client).expect(401, "POST", "/v2/alice/app/blobs/uploads/")
        try Caller("alice", client, basic("alice")).expect(202, "POST", "/v2/alice/app/blobs/uploads/")
        // A new one is no better, and back again.
        #expect(try Client(port: tunnel.port).get("/v2/").status == 401)
        _ = try server.directory.write(
            configuration("anonymous: none, certificates: subject-cn"), to: "registryd.yaml")
        server.signal(SIGHUP)
        try eventually("that certificates count") { try Client(port: tunnel.port).get("/v2/").status == 200 }
    }

    @Test func `a certificate gets a token, and none to go on with`() throws {
        let directory = try TemporaryDirectory()
        let certificate = try Certificate(in: directory)
        let authority = try CertificateAuthority(in: directory)
        let server = try Server(
            settings: [
                "http.tls={certificate: \(certificate.certificate), key: \(certificate.key), client-ca: \(authority.certificate)}",
                "access={anonymous: none, certificates: subject-cn}",
            ])
        try server.addUser("alice")
        let tunnel = try TLSTunnel(to: server, trusting: certificate, as: try authority.certificate(for: "alice"))
        let without = try TLSTunnel(to: server, trusting: certificate, as: nil)
        let client = Client(port: tunnel.port)
        let scope = "repository:alice/app:pull,push"
        let got = try client.token([scope], [], query: "&offline_token=true")
        let form = "service=registryd&access_type=offline&offline_token=true&scope=\(scope)"
        let posted = try client.post(
            "/token", [("Content-Type", "application/x-www-form-urlencoded")], body: Array(form.utf8))
        #expect(posted.status == 200)
        for answer in [got, try posted.decode(TokenAnswer.self)] {
            #expect(answer.refreshToken == nil && answer.scope == scope)
            let holder = Caller("holder", Client(port: without.port), bearer(answer.token))
            try holder.expect(202, "POST", "/v2/alice/app/blobs/uploads/")
        }
        // A password gets one, over the same connection.
        #expect(try client.token([scope], basic("alice"), query: "&offline_token=true").refreshToken != nil)
    }
}
