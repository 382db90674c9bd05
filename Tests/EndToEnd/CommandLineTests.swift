import Testing

/// What the binary says to those who start it wrongly, and what it refuses to do.
struct CommandLineTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func registryd(_ arguments: String..., environment: [String: String] = [:]) throws -> ProcessResult {
        try runUnchecked(Server.built("registryd"), arguments, environment: environment, limit: .seconds(60))
    }

    @Test func `the wrong usage exits 64`() throws {
        for arguments in [["bogus"], ["serve", "--bogus"], ["serve", "--listen"]] {
            let result = try runUnchecked(Server.built("registryd"), arguments)
            #expect(result.exit == .code(64), "\(result)")
            #expect(!result.errors.isEmpty)
        }
    }

    @Test(arguments: [
        ("limits.manifest-sise=1", "manifest-size"), ("limits.manifest-size=lots", "manifest-size"),
        ("nonsense=1", "nonsense"), ("storage.backends.disk.rooot=/tmp", "rooot"),
        ("metadata.url=postgres://x", "metadata.url"),
    ])
    func `a wrong setting exits 78 and is named`(_ setting: String, _ named: String) throws {
        let result = try registryd("serve", "--data", directory("data"), "--listen", "127.0.0.1:0", "--set", setting)
        #expect(result.exit == .code(78), "\(result)")
        #expect(result.errors.contains(named), "\(result)")
    }

    @Test func `the default configuration is one`() throws {
        let printed = try registryd("config", "default")
        #expect(printed.exit == .code(0), "\(printed)")
        let file = try directory.write(printed.output, to: "default.yaml")
        let checked = try registryd("config", "check", "--config", file)
        #expect(checked.exit == .code(0), "\(checked)")
        let broken = try directory.write(printed.output + "\nbroken: true\n", to: "broken.yaml")
        #expect(try registryd("config", "check", "--config", broken).exit == .code(78))
        let shown = try registryd("config", "show", "--config", file, "--set", "limits.manifest-size=7MiB")
        #expect(shown.exit == .code(0) && shown.output.contains("7MiB"), "\(shown)")
    }

    @Test(arguments: ["0.0.0.0:0", "[::]:0"])
    func `a server open to all without being told so is refused`(_ address: String) throws {
        let result = try registryd("serve", "--data", directory("data"), "--listen", address)
        #expect(result.exit == .code(78), "\(result)")
        #expect(result.errors.contains("access.anonymous"), "\(result)")
    }

    @Test func `a server open to all that was told so serves`() throws {
        let server = try Server(listen: "0.0.0.0:0", settings: ["access.anonymous=push"])
        expect(try Client(server).get("/v2/"), 200)
    }

    @Test func `requests that a proxy forwarded are refused unless somebody meant it`() throws {
        let header = [("X-Forwarded-For", "192.0.2.1")]
        let unmeant = try Client(Server.shared()).get("/v2/", header)
        expect(unmeant, 400...499)
        #expect(unmeant.text.contains("access.anonymous"), "\(unmeant)")
        let meant = try Server(settings: ["access.anonymous=push"])
        expect(try Client(meant).get("/v2/", header), 200)
    }

    @Test(arguments: [
        [("Origin", "http://localhost:8080")], [("Host", "evil.example")], [("Host", "127.evil.example:5000")],
        [("Host", "192.0.2.1")], [("Host", "[::2]:5000")],
    ])
    func `so are those of web pages, by whatever name they come`(_ headers: [(String, String)]) throws {
        let refused = try Client(Server.shared()).get("/v2/", headers)
        expect(refused, 403)
        #expect(refused.text.contains("access.anonymous"), "\(refused)")
        let meant = try Server(settings: ["access.anonymous=push"])
        expect(try Client(meant).get("/v2/", headers), 200)
    }

    @Test(arguments: ["localhost", "LOCALHOST:5000", "127.0.0.1", "127.0.0.1:5000", "[::1]", "[::1]:5000"])
    func `this machine's own names are its own`(_ host: String) throws {
        expect(try Client(Server.shared()).get("/v2/", [("Host", host)]), 200)
    }

    @Test func `passwords over plain HTTP beyond this machine are warned of, and over TLS are not`() throws {
        let warning = "passwords and tokens can be read by everybody on the way"
        let plain = try Server(listen: "0.0.0.0:0", settings: ["access.anonymous=none"])
        #expect(plain.log.contains(" warning ") && plain.log.contains(warning))
        let near = try Server(settings: ["access.anonymous=none"])
        let certificate = try Certificate(in: directory)
        let encrypted = try Server(
            listen: "0.0.0.0:0",
            settings: [
                "access.anonymous=none",
                "http.tls={certificate: \(certificate.certificate), key: \(certificate.key)}",
            ])
        for server in [near, encrypted] {
            server.stop()
            #expect(!server.log.contains(warning))
        }
    }

    @Test func `a folder that cannot be had is named`() throws {
        let file = try directory.write("", to: "file")
        let result = try registryd("serve", "--data", "\(file)/data", "--listen", "127.0.0.1:0")
        #expect(result.exit != .code(0) && result.errors.contains("\(file)/data"), "\(result)")
    }

    @Test func `an address that is taken is named`() throws {
        let address = try Server.shared().address
        let result = try registryd("serve", "--data", directory("data"), "--listen", address)
        #expect(result.exit != .code(0) && result.errors.contains(address), "\(result)")
    }

    @Test func `a name that nobody knows is named`() throws {
        let address = "no-such-host.invalid:5000"
        let result = try registryd(
            "serve", "--data", directory("data"), "--listen", address, "--set", "access.anonymous=push")
        #expect(result.exit == .code(1), "\(result)")
        #expect(result.errors.contains("cannot listen on \(address): “no-such-host.invalid” is no"), "\(result)")
        #expect(!result.errors.contains("SocketAddressError"), "\(result)")
    }

    @Test func `a configuration is judged and shown with the options that the server gets`() throws {
        let data = directory("data")
        let shown = try registryd("config", "show", "--data", data, "--listen", "127.0.0.1:7", "--listen", "[::1]:8")
        #expect(shown.exit == .code(0), "\(shown)")
        for text in [data, "127.0.0.1:7", "[::1]:8"] { #expect(shown.output.contains(text), "\(shown)") }
        let checked = try registryd("config", "check", "--data", data, "--listen", "0.0.0.0:7")
        #expect(checked.exit == .code(78) && checked.errors.contains("access.anonymous"), "\(checked)")
    }

    @Test(arguments: ["check", "show", "default"])
    func `an answer that cannot be written is no success`(_ command: String) throws {
        let registryd = try Server.built("registryd")
        let result = try runUnchecked("sh", ["-c", "exec \"$0\" config \(command) > /dev/full", registryd])
        #expect(result.exit == .code(1), "\(result)")
        #expect(result.errors.contains("standard output"), "\(result)")
    }

    @Test func `a certificate's file that is no use is named, and why`() throws {
        let good = try Certificate(in: directory, name: "good")
        let other = try Certificate(in: directory, name: "other")
        let text = try directory.write("not PEM\n", to: "text")
        let missing = directory("missing.pem")
        for (certificate, key, complaints) in [
            (
                missing, text,
                ["http.tls.certificate: cannot read \(missing)", "http.tls.key: \(text) holds no private key"]
            ),
            (text, good.key, ["http.tls.certificate: \(text) holds no certificate"]),
            (good.certificate, missing, ["http.tls.key: cannot read \(missing)"]),
            (
                good.certificate, other.key,
                ["\(other.key) is not the key of the first certificate in \(good.certificate)"]
            ),
        ] {
            let result = try registryd(
                "serve", "--data", directory("data"), "--listen", "127.0.0.1:0", "--set",
                "http.tls={certificate: \(certificate), key: \(key)}")
            #expect(result.exit == .code(78), "\(result)")
            for complaint in complaints { #expect(result.errors.contains(complaint), "\(result)") }
            #expect(!result.errors.contains("BoringSSL"), "\(result)")
        }
    }
}
