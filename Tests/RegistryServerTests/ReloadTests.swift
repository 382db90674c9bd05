import RegistryCore
import Testing

@testable import RegistryServer

struct ReloadTests {
    @Test func `limits, logs and manifests change at once`() throws {
        let old = try settings("")
        let new = try settings(
            """
            log: { level: debug, format: json }
            limits: { connections: 5, manifest-size: 1MiB }
            manifests: { missing-references: allow }
            http: { trusted-proxies: [10.0.0.0/8] }
            read-only: true
            """
        )
        let (settings, needRestart) = try old.reloaded(from: new)
        #expect(needRestart == [])
        #expect(settings.log.level == .debug)
        #expect(settings.limits.connections == 5)
        #expect(settings.isReadOnly && settings.registrySettings.isReadOnly && !old.isReadOnly)
        #expect(settings.missingReferences == .allow)
        #expect(settings.trustedProxies.count == 1)
    }

    @Test(arguments: [
        ("http: { listen: [\"127.0.0.1:1\"] }", ["http.listen"]),
        ("http: { admin-listen: \"127.0.0.1:1\" }", ["http.admin-listen"]),
        ("limits: { upload-memory: 64MiB }", ["limits.upload-memory"]),
        ("metadata: { url: \"sqlite:///x.db\" }", ["metadata.url"]),
        ("storage: { backends: { disk: { driver: fs, root: /x } } }", ["storage.backends.disk.root"]),
        (
            "storage: { active: b, backends: { disk: { driver: silent }, b: { driver: fs } } }",
            ["storage.backends.disk.driver", "storage.backends.disk.root"]
        ),
        ("data: /x", ["data", "metadata.url", "storage.backends.disk.root"]),
    ])
    func `what a running server cannot change is named`(_ yaml: String, _ paths: [String]) throws {
        let (settings, needRestart) = try settings("").reloaded(from: settings(yaml))
        #expect(needRestart == paths)
        #expect(settings.data == "/srv/registryd-data")
        #expect(settings.listen.first?.port == 5000)
        #expect(settings.limits.uploadMemory.bytes == 256 << 20)
    }

    @Test func `backends come and go, and another becomes the active one`() throws {
        let old = try settings("storage: { active: a, backends: { a: { driver: fs }, b: { driver: fs, root: /b } } }")
        let new = try settings(
            "storage: { active: c, backends: { b: { driver: fs, root: /b }, c: { driver: silent, d: { e: 1 } } } }")
        let (settings, needRestart) = try old.reloaded(from: new)
        #expect(needRestart == [])
        #expect(settings.activeBackend == "c")
        #expect(settings.backends.map(\.name) == ["b", "c"])
        #expect(settings.backends[1] == new.backends[1])
    }

    @Test func `a backend that stays is what it was, whatever its section says now`() throws {
        let old = try settings("storage: { backends: { a: { driver: silent, x: 1 } } }")
        let new = try settings("storage: { active: b, backends: { a: { driver: fs }, b: { driver: fs, root: /b } } }")
        let (settings, needRestart) = try old.reloaded(from: new)
        #expect(needRestart == ["storage.backends.a.driver", "storage.backends.a.x"])
        #expect(settings.backends.map(\.name) == ["a", "b"])
        #expect(settings.backends[0] == old.backends[0])
        #expect(settings.activeBackend == "b")
        // The next reload compares with what is in force.
        #expect(try settings.reloaded(from: new).needRestart == needRestart)
    }

    @Test func `the default backend may get company`() throws {
        let yaml =
            "storage: { active: b, backends: { disk: { driver: fs, root: /srv/registryd-data/blobs }, b: { driver: fs } } }"
        let (settings, needRestart) = try settings("").reloaded(from: settings(yaml))
        #expect(needRestart == [])
        #expect(!settings.isStorageDefault)
        #expect(settings.backends.map(\.name) == ["b", "disk"])
    }

    @Test func `a comment more changes nothing`() throws {
        let yaml = "storage: { backends: { disk: { driver: silent, list: [{ a: 1 }, [b]] } } }"
        #expect(try settings(yaml).reloaded(from: settings("# moved\n\n" + yaml)).needRestart == [])
    }

    @Test(arguments: ["{}", "http: { listen: [\"127.0.0.1:1\"] }", "limits: { connections: 5 }"])
    func `a server that is open to all stays so in so many words, or does not change`(_ yaml: String) throws {
        let open = try settings("http: { listen: [\"0.0.0.0:1\"] }\naccess: { anonymous: push }")
        let spoken = "access: { anonymous: push }"
        let error = #expect(throws: ConfigurationError.self) { try open.reloaded(from: settings(yaml)) }
        #expect(error?.problems.map(\.path) == ["access.anonymous"])
        #expect(error?.description.contains("0.0.0.0:1") == true)
        #expect(throws: Never.self) { try open.reloaded(from: settings(yaml == "{}" ? spoken : yaml + "\n" + spoken)) }
    }

    @Test func `on loopback the word may come and go`() throws {
        let closed = try settings(""), open = try settings("access: { anonymous: push }")
        #expect(try !closed.reloaded(from: open).settings.access.isImplicit)
        #expect(try open.reloaded(from: closed).settings.access.isImplicit)
    }

    @Test func `everything about access changes at once`() throws {
        let old = try settings("access: {}")
        let new = try settings(
            """
            http: { tls: { certificate: c.pem, key: k.pem, client-ca: ca.pem } }
            limits: { uploads-per-user: 7 }
            access:
              anonymous: pull
              repositories: must-exist
              realm: here
              tokens: { enabled: false, lifetime: 10m }
              htpasswd: users
              issuers: [{ issuer: "https://a.example.com", jwks-file: a.jwks }]
              certificates: subject-cn
            """
        )
        for (before, after) in [(old, new), (new, old), (try settings(""), new), (new, try settings(""))] {
            let (settings, needRestart) = try before.reloaded(from: after)
            #expect(needRestart == [])
            #expect(settings.access == after.access)
            #expect(settings.tls == after.tls)
            #expect(settings.limits.uploadsPerUser == after.limits.uploadsPerUser)
        }
    }

    @Test func `the realm that comes of a public URL waits with it for a restart`() throws {
        let old = try settings("http: { public-url: \"https://a.example.com\" }\naccess: {}")
        let new = try settings("http: { public-url: \"https://b.example.com\" }\naccess: { anonymous: pull }")
        let (settings, needRestart) = try old.reloaded(from: new)
        #expect(needRestart == ["http.public-url"])
        #expect(settings.access.realm == "a.example.com")
        #expect(settings.access.anonymous == .pull)
    }
}
