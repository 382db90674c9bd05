import RegistryCore
import RegistryHTTP
import Testing

@testable import RegistryServer

struct AccessRuleTests {
    private static let open = ["0.0.0.0:5000", "[::]:443", "192.168.1.1:80", "registry.example.com:443"]

    @Test(arguments: open)
    func `beyond loopback takes an explicit word`(_ address: String) throws {
        let refused = problems("http: { listen: [\"\(address)\"] }")
        #expect(refused.count == 1)
        #expect(refused.first?.hasPrefix("file:1: http.listen: \(address) can be reached from other machines") == true)
        for word in ["access.anonymous: none", "pull", "push", "registryd user add", "127.0.0.1"] {
            #expect(refused.first?.contains(word) == true, "\(word)")
        }
    }

    @Test(arguments: open, ["anonymous: none", "anonymous: pull", "anonymous: push", "", "realm: here"])
    func `any word about access will do`(_ address: String, _ word: String) {
        #expect(problems("http: { listen: [\"\(address)\"] }\naccess: { \(word) }") == [])
    }

    @Test func `the rule holds for addresses from the command line`() {
        #expect(throws: ConfigurationError.self) { try settings(listen: ["0.0.0.0:5000"]) }
        for word in ["none", "pull", "push"] {
            #expect(throws: Never.self) { try settings(listen: ["0.0.0.0:5000"], set: ["access.anonymous=\(word)"]) }
        }
    }

    @Test func `forwarded requests are refused until somebody says who may come`() throws {
        #expect(try settings().httpSettings().refusesForwarded)
        #expect(try settings("data: /x").httpSettings().refusesForwarded)
        for access in ["{ anonymous: push }", "{ anonymous: none }", "{}"] {
            #expect(try !settings("access: \(access)").httpSettings().refusesForwarded)
        }
    }
}

struct AccessConfigurationTests {
    // A section with nothing in it, not even braces, is none: so it is everywhere in the file.
    @Test(arguments: ["", "access:\n", "access: ~"])
    func `without a section everybody on this machine may do everything`(_ yaml: String) throws {
        let access = try settings(yaml).access
        #expect(access.isImplicit)
        #expect(access.anonymous == .push)
        #expect(access.policy.anonymous == .push)
    }

    @Test(arguments: [
        "access: {}", "access: { realm: here }", "access: { anonymous: ~ }", "access: { htpasswd: users }",
    ])
    func `with a section, users log in`(_ yaml: String) throws {
        let access = try settings(yaml).access
        #expect(!access.isImplicit)
        #expect(access.anonymous == .none)
        #expect(access.repositories == .createOnPush)
        #expect(access.tokens.enabled)
        #expect(access.tokens.lifetime.duration == .seconds(300))
        #expect(access.issuers == [])
        #expect(access.certificates == nil)
    }

    @Test func `everything can be said`() throws {
        let access = try settings(
            """
            http: { tls: { certificate: c.pem, key: k.pem, client-ca: ca.pem } }
            access:
              anonymous: pull
              repositories: must-exist
              realm: My registry
              tokens: { enabled: false, lifetime: 24h }
              htpasswd: users
              issuers: [{ issuer: "https://gitlab.example.com", jwks-file: ./gitlab.jwks }]
              certificates: subject-cn
            """
        ).access
        #expect(access.policy.anonymous == .pull)
        #expect(access.policy.repositories == .mustExist)
        #expect(access.realm == "My registry")
        #expect(!access.tokens.enabled)
        #expect(access.tokens.lifetime.duration == .seconds(86_400))
        #expect(access.htpasswd == "/srv/users")
        #expect(access.issuers == [TokenIssuer(issuer: "https://gitlab.example.com", jwksFile: "/srv/gitlab.jwks")])
        #expect(access.certificates == .subjectCN)
    }

    @Test(arguments: [
        ("", "registryd"), ("http: { public-url: \"https://registry.example.com\" }", "registry.example.com"),
        ("http: { public-url: \"http://[::1]:5000/\" }", "[::1]:5000"),
    ])
    func `the realm is the public URL's host`(_ yaml: String, _ realm: String) throws {
        #expect(try settings(yaml + "\naccess: {}").access.realm == realm)
        #expect(try settings(yaml).access.realm == realm)
    }

    @Test(arguments: [
        ("anonymous: all", "access.anonymous: “all” is not known; expected none, pull or push"),
        ("repositories: any", "access.repositories: “any” is not known; expected create-on-push or must-exist"),
        ("certificates: san", "access.certificates: “san” is not known; expected subject-cn"),
        (
            "certificates: subject-cn",
            "access.certificates: needs http.tls.client-ca: a file with the authorities whose clients' certificates are "
                + "believed"
        ),
        (
            "tokens: { lifetime: 59s }",
            "access.tokens.lifetime: expected 1m to 24h; clients get a new token by themselves"
        ),
        (
            "tokens: { lifetime: 25h }",
            "access.tokens.lifetime: expected 1m to 24h; clients get a new token by themselves"
        ),
        ("tokens: { enabled: 1 }", "access.tokens.enabled: expected true or false, not “1”"),
        ("realm: \"\"", "access.realm: expected ASCII text without quotes and backslashes"),
        ("realm: 'a\"b'", "access.realm: expected ASCII text without quotes and backslashes"),
        ("realm: grün", "access.realm: expected ASCII text without quotes and backslashes"),
        ("htpasswd: \"\"", "access.htpasswd: expected a file"),
        ("issuers: [{ issuer: \"https://a\" }]", "access.issuers[0].jwks-file: missing"),
        (
            "issuers: [{ issuer: gitlab, jwks-file: a }]",
            "access.issuers[0].issuer: expected a URL, as the issuer's tokens have it in “iss”"
        ),
        (
            "issuers: [{ issuer: \"https://a\", jwks-file: a }, { issuer: \"https://a\", jwks-file: b }]",
            "access.issuers[1].issuer: “https://a” is given twice; one file can hold several keys"
        ),
    ])
    func `a wrong value is named`(_ yaml: String, _ message: String) {
        #expect(problems("access: { \(yaml) }") == ["file:1: " + message])
    }

    @Test(arguments: ["{ client-ca: ca }", "{ certificate: c, client-ca: ca }", "{ key: k, client-ca: ca }"])
    func `clients' certificates need a server's`(_ tls: String) {
        #expect(
            problems("http: { tls: \(tls) }") == [
                "file:1: http.tls.client-ca: needs certificate and key beside it: clients show certificates over TLS only"
            ])
    }

    @Test func `a server's certificate needs no clients'`() throws {
        #expect(try settings("http: { tls: { certificate: c, key: k } }").tls?.clientCA == nil)
    }
}
