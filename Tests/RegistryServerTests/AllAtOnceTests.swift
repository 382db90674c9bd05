import Testing

@testable import RegistryServer

/// Everything that is wrong shows in one go, and nothing that is only so because of something else.
struct AllAtOnceTests {
    @Test func `variables, values, keys, rules and drivers`() {
        let found = problems(
            """
            data: ${MISSING}
            dta: /x
            limits: { connections: 0, idle-timeout: 30 }
            storage: { backends: { disk: { driver: fs, rooot: /x }, other: { driver: sf } } }
            """,
            set: ["a..b=1", "log.level=loud"]
        )
        for path in [
            "--set a..b=1", "data", "dta", "limits.connections", "limits.idle-timeout", "log.level", "storage.active",
            "storage.backends.disk.rooot", "storage.backends.other.driver",
        ] {
            #expect(found.count { $0.contains("\(path): ") } == 1, "\(path)")
        }
        #expect(found.count == 9, "\(found)")
    }

    @Test(arguments: [
        ("http: { listen: [\"0.0.0.0:1\"] }\naccess: { anonymus: push }", "access.anonymus"),
        ("http: { listen: [\"0.0.0.0:1\"] }\naccess: { anonymous: psh }", "access.anonymous"),
        ("http: { tls: { certificate: c, keys: k, client-ca: ca } }\naccess: { certificates: subject-cn }", "http.tls"),
        ("http: { public-url: nowhere }\naccess: {}", "http.public-url"),
        ("storage: { active: b, backends: { b: { root: /x } } }", "storage.backends.b.driver"),
        ("storage: { backends: { a: { driver: fs }, b: { driver: fs } }, activ: a }", "storage.activ"),
    ])
    func `a rule is not broken by what could not be read`(_ yaml: String, _ path: String) {
        let found = problems(yaml)
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.contains(" \(path)") == true)
    }

    @Test func `a build without the default's driver says what to set`() throws {
        let source = ConfigurationSource(workingDirectory: "/srv")
        let error = #expect(throws: ConfigurationError.self) {
            try source.settings(drivers: [StorageDriverCheck(name: "tape") { _ in }])
        }
        #expect(error?.problems.map(\.path) == ["storage"])
        #expect(error?.description.contains("storage.active") == true)
        #expect(error?.description.contains("tape") == true)
    }
}
