import Foundation

/// An authority for clients' certificates.
struct CertificateAuthority {
    let directory: TemporaryDirectory
    let certificate: String
    private let key: String

    init(in directory: TemporaryDirectory) throws {
        self.directory = directory
        certificate = directory("ca.pem")
        key = directory("ca.key")
        try run(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "2", "-subj", "/CN=authority", "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", key, "-out",
            certificate)
    }

    /// A file with a certificate for this common name, and its key.
    func certificate(for name: String) throws -> String {
        let (own, request, signed) = (directory("\(name).key"), directory("\(name).csr"), directory("\(name).crt"))
        try run(
            "openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
            "/O=example/CN=\(name)", "-keyout", own, "-out", request)
        try run(
            "openssl", "x509", "-req", "-in", request, "-CA", certificate, "-CAkey", key, "-CAcreateserial", "-days",
            "2", "-out", signed)
        return try directory.write(try contents(of: signed) + contents(of: own), to: "\(name).both.pem")
    }
}

/// Takes plain connections on a port of its own and passes them on over TLS, with a client's certificate.
final class TLSTunnel {
    let port: UInt16
    private let process: ChildProcess

    /// - Parameter client: a file with a certificate and its key; nil: none is shown.
    init(to server: Server, trusting certificate: Certificate, as client: String?) throws {
        var target = "OPENSSL:127.0.0.1:\(server.port),cafile=\(certificate.certificate),nodelay"
        if let client { target += ",cert=\(client),key=\(client)" }
        let process = try ChildProcess(
            "socat", ["-d", "-d", "TCP-LISTEN:0,bind=127.0.0.1,fork,reuseaddr,nodelay", target], group: true)
        var found: UInt16?
        try eventually("that socat listens") {
            let line = process.errors.text.split(separator: "\n").first { $0.contains("listening on") }
            found = line?.split(separator: ":").last.flatMap { UInt16($0.trimmingCharacters(in: .whitespaces)) }
            return found != nil
        }
        guard let found else { throw NeverHappened(description: process.errors.text) }
        port = found
        self.process = process
    }
}
