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
        #expect(try curl("--cert", good, "--key", good).line == "401")
    }
}
