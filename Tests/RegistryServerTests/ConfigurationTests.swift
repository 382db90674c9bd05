import RegistryCore
import Testing

@testable import RegistryServer

struct ConfigurationTests {
    @Test func `without a file everything has its default`() throws {
        let settings = try settings()
        #expect(settings.data == "/srv/registryd-data")
        #expect(settings.listen.map(\.description) == ["127.0.0.1:5000"])
        #expect(settings.adminListen == nil)
        #expect(settings.database.description == "sqlite:///srv/registryd-data/registry.db")
        #expect(settings.activeBackend == "disk")
        #expect(settings.backends.map(\.driver) == ["fs"])
        #expect(
            settings.backends.first?.section["root"]?.content == .scalar("/srv/registryd-data/blobs", quoted: false))
        #expect(settings.access.isImplicit)
        #expect(settings.limits.manifestSize.bytes == 4 << 20)
        #expect(settings.limits.idleTimeout.duration == .seconds(120))
        #expect(settings.limits.uploadsPerUser == 100)
        #expect(settings.missingReferences == .reject)
        #expect(settings.log == Settings.Log(level: .info, format: .text))
    }

    @Test func `a file says what differs from the default`() throws {
        let settings = try settings(
            """
            data: /var/lib/registryd
            http:
              listen: ["127.0.0.1:1", "[::1]:2"]
              admin-listen: 127.0.0.1:5001
              public-url: https://registry.example.com/
              trusted-proxies: [10.0.0.0/8]
              tls: { certificate: cert.pem, key: key.pem }
            metadata: { url: "sqlite:///var/lib/registry.db" }
            storage:
              active: fast
              backends:
                fast: { driver: fs, root: /fast, buffer: 16MiB }
                slow: { driver: silent, anything: goes }
            access: { anonymous: push }
            limits: { uploads-per-user: 0, manifest-size: 1MiB, blob-size: 4GB, upload-idle: 90d, connections: 7 }
            manifests: { missing-references: allow }
            log: { level: debug, format: json }
            """
        )
        #expect(settings.listen.map(\.description) == ["127.0.0.1:1", "[::1]:2"])
        #expect(settings.adminListen?.port == 5001)
        #expect(settings.publicURL?.description == "https://registry.example.com")
        #expect(settings.trustedProxies.map(\.text) == ["10.0.0.0/8"])
        #expect(settings.tls == TLSFiles(certificate: "cert.pem", key: "key.pem"))
        #expect(settings.database.path == "/var/lib/registry.db")
        #expect(settings.activeBackend == "fast")
        #expect(settings.backends.map(\.name) == ["fast", "slow"])
        #expect(settings.access.anonymous == .push)
        #expect(settings.limits.uploadsPerUser == 0)
        #expect(settings.limits.blobSize.bytes == 4_000_000_000)
        #expect(settings.limits.connections == 7)
        #expect(settings.missingReferences == .allow)
        #expect(settings.log == Settings.Log(level: .debug, format: .json))
    }

    @Test(arguments: [
        ("data: [a]", "file:1: data: expected text, not a list"),
        (
            "data: /a?b",
            "file:1: data: a folder with ? or # in its path cannot hold the database: set metadata.url"
        ),
        ("http: 7", "file:1: http: expected a section, not “7”"),
        (
            "limits:\n  connections: \"7\"",
            "file:2: limits.connections: expected a whole number, not “7”"
        ),
        ("limits: { connections: 0 }", "file:1: limits.connections: expected 1 to 1000000"),
        (
            "limits: { manifest-size: 4 MB }",
            "file:1: limits.manifest-size: “4 MB” is not a size; expected one like 16MiB, 4MB, 1GiB or plain bytes"
        ),
        (
            "limits: { upload-idle: 30 }",
            "file:1: limits.upload-idle: “30” is not a length of time; expected one like 250ms, 15s, 30m, 24h or 90d"
        ),
        (
            "limits: { upload-memory: 1KiB }",
            "file:1: limits.upload-memory: expected 1MiB to 1TiB; a backend of driver s3 needs at least its part-size"
        ),
        (
            "limits: { uploads-per-user: -1 }",
            "file:1: limits.uploads-per-user: expected 1 to 1000000, or 0 for no limit"
        ),
        ("limits: { idle-timeout: 0s }", "file:1: limits.idle-timeout: expected more than 0s"),
        ("log: { format: xml }", "file:1: log.format: “xml” is not known; expected text or json"),
        (
            "http: { trusted-proxies: [10.0.0.0/8, here] }",
            "file:1: http.trusted-proxies[1]: “here” is not a network; "
                + "expected an address, or one with a prefix length as in 10.0.0.0/8"
        ),
        ("http: { tls: { certificate: c.pem } }", "file:1: http.tls.key: missing"),
        ("storage: { backends: { disk: { root: /x } } }", "file:1: storage.backends.disk.driver: missing"),
        (
            "storage: { backends: { disk: { driver: sf } } }",
            "file:1: storage.backends.disk.driver: no driver “sf”; did you mean “fs”?"
        ),
        (
            "storage: { backends: { disk: { driver: fs, buffer: big } } }",
            "file:1: storage.backends.disk.buffer: "
                + "“big” is not a size; expected one like 16MiB, 4MB, 1GiB or plain bytes"
        ),
        (
            "storage: { active: b, backends: { a: { driver: fs } } }",
            "file:1: storage.active: no backend “b”; there are: a"
        ),
        (
            "storage: { backends: { a: { driver: fs }, b: { driver: fs } } }",
            "file:1: storage.active: missing: which backend do new blobs go to; there are: a, b"
        ),
        ("data: a\ndata: b", "file:1: given twice: data"),
    ])
    func `a wrong value is named with its key and what is expected`(_ yaml: String, _ message: String) {
        #expect(problems(yaml) == [message])
    }

    @Test(arguments: ["mysql://x", "sqlite://x.db", "sqlite:///", "sqlite:///x?mode=ro", "/x.db"])
    func `only SQLite files are databases`(_ url: String) {
        #expect(problems("metadata: { url: \"\(url)\" }").count == 1)
    }

    @Test func `broken YAML is reported with its line`() {
        let found = problems("data: /x\nhttp: [")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("file:") == true)
        #expect(found.first?.contains("not YAML") == true)
    }

    @Test(arguments: ["", "# nothing\n", "http:\n", "data: ~\n"])
    func `nothing at all is a configuration`(_ yaml: String) {
        #expect(problems(yaml) == [])
    }

    @Test func `a file that is not there is named`() {
        let source = ConfigurationSource(file: "/nonexistent/registryd.yaml", workingDirectory: "/srv")
        #expect(throws: ConfigurationError.self) { try source.settings(drivers: testDrivers) }
    }
}
