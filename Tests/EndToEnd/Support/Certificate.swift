/// A certificate for loopback that vouches for itself, and its key.
struct Certificate {
    let certificate: String
    let key: String

    init(in directory: TemporaryDirectory, name: String = "server") throws {
        certificate = directory("\(name).pem")
        key = directory("\(name).key")
        try run(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "2",
            "-subj", "/CN=\(name)", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", key, "-out",
            certificate)
    }
}
