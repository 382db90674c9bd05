import Testing

@testable import RegistryServer

struct UnknownKeyTests {
    @Test(arguments: [
        ("dta: /x", "file:1: dta: not a key that this release knows; did you mean “data”?"),
        (
            "http:\n  lisen: [\"127.0.0.1:1\"]",
            "file:2: http.lisen: not a key that this release knows; did you mean “listen”?"
        ),
        (
            "storage:\n  backends:\n    disk:\n      driver: fs\n      rooot: /x",
            "file:5: storage.backends.disk.rooot: not a key that this release knows; did you mean “root”?"
        ),
        (
            "limits: { colour: 100 }",
            "file:1: limits.colour: not a key that this release knows; those it knows here: "
                + "blob-size, connections, header-timeout, idle-timeout, manifest-size, upload-idle, upload-memory, "
                + "uploads-per-user"
        ),
        (
            "access: { anonymos: push }",
            "file:1: access.anonymos: not a key that this release knows; did you mean “anonymous”?"
        ),
        (
            "access: { tokens: { expiry: 5m } }",
            "file:1: access.tokens.expiry: not a key that this release knows; those it knows here: enabled, lifetime"
        ),
        (
            "access: { issuers: [{ issuer: \"https://x\", jwks-file: x, keys: y }] }",
            "file:1: access.issuers[0].keys: not a key that this release knows; those it knows here: issuer, jwks-file"
        ),
        (
            "manifests: { colour: blue }",
            "file:1: manifests.colour: not a key that this release knows; those it knows here: missing-references"
        ),
    ])
    func `an unknown key is refused with its path, its line and the nearest key`(_ yaml: String, _ message: String) {
        #expect(problems(yaml) == [message])
    }

    @Test(arguments: [
        "quota: { size: 1GiB }"
    ])
    func `what belongs to another release is not accepted silently`(_ yaml: String) {
        #expect(problems(yaml).contains { $0.contains("not a key that this release knows") })
    }

    @Test func `all mistakes of a file are reported at once`() {
        let found = problems(
            """
            dta: /x
            http:
              listen: nowhere
            limits:
              connections: many
              header-timeout: 15
            log: { level: loud }
            """
        )
        #expect(found.count == 5)
        for path in ["dta", "http.listen", "limits.connections", "limits.header-timeout", "log.level"] {
            #expect(found.contains { $0.contains(" \(path): ") }, "\(path)")
        }
    }

    @Test(arguments: [
        ("root", "root", 0), ("rooot", "root", 1), ("orot", "root", 1), ("", "abc", 3), ("kitten", "sitting", 3),
    ])
    func `the edit distance counts insertions, deletions, replacements and swaps`(_ a: String, _ b: String, _ n: Int) {
        #expect(editDistance(a, b) == n)
        #expect(editDistance(b, a) == n)
    }

    @Test func `nothing is suggested that is not near`() {
        #expect(nearest(to: "colour", among: ["level", "format"]) == nil)
        #expect(nearest(to: "x", among: []) == nil)
        #expect(nearest(to: "formt", among: ["level", "format"]) == "format")
    }
}
