import Testing

@testable import RegistryServer

struct OverrideTests {
    @Test func `an assignment wins over the file`() throws {
        let settings = try settings(
            "log: { level: info }\nhttp: { listen: [\"127.0.0.1:1\"] }",
            set: ["log.level=debug", "http.listen=['127.0.0.1:2', '127.0.0.1:3']", "limits.connections=5"]
        )
        #expect(settings.log.level == .debug)
        #expect(settings.listen.map(\.port) == [2, 3])
        #expect(settings.limits.connections == 5)
    }

    @Test func `an assignment makes the sections on its way`() throws {
        let settings = try settings("", set: ["storage.backends.disk={ driver: fs, root: /x }"])
        #expect(settings.backends.map(\.name) == ["disk"])
    }

    @Test func `an empty value takes a key back to its default`() throws {
        #expect(try settings("data: /x", set: ["data="]).data == "/srv/registryd-data")
    }

    @Test(arguments: [
        ("log.lvl=debug", "--set log.lvl=debug: log.lvl: not a key that this release knows; did you mean “level”?"),
        ("data.x=1", "--set data.x=1: nothing can be below “/x”"),
        ("data", "--set data: expected KEY=VALUE, as in log.level=debug"),
        ("a..b=1", "--set a..b=1: an empty component in the key"),
    ])
    func `a wrong assignment is named`(_ assignment: String, _ message: String) {
        #expect(problems("data: /x", set: [assignment]) == [message])
    }

    @Test func `a rule that a list breaks is blamed on where its element is`() {
        let issuers = "access.issuers=[{ issuer: \"https://a\", jwks-file: a }, { issuer: b, jwks-file: b }]"
        let text = "access.issuers[1].issuer: expected a URL, as the issuer's tokens have it in “iss”"
        #expect(problems("access: { anonymous: pull }", set: [issuers]) == ["--set \(issuers): \(text)"])
        let yaml =
            "access:\n  issuers:\n    - { issuer: \"https://a\", jwks-file: a }\n    - { issuer: b, jwks-file: b }\n"
        #expect(problems(yaml) == ["file:4: \(text)"])
    }

    @Test func `the command line's data folder and addresses win`() throws {
        let settings = try settings(data: "/da$ta", listen: ["127.0.0.1:0", "[::1]:0"], set: ["data=/other"])
        #expect(settings.data == "/da$ta")
        #expect(settings.listen.map(\.description) == ["127.0.0.1:0", "[::1]:0"])
        #expect(settings.database.path == "/da$ta/registry.db")
    }
}

struct EnvironmentTests {
    let environment = ["ROOT": "/blobs", "N": "12", "EMPTY": "", "LIST": "[a]"]

    @Test(arguments: [
        ("${ROOT}", "/blobs"), ("a${ROOT}b${N}", "a/blobsb12"), ("$$", "$"), ("$${ROOT}", "${ROOT}"), ("a$b", "a$b"),
        ("'${ROOT}'", "/blobs"), ("x${EMPTY}", "x"), ("\"${LIST}\"", "[a]"),
    ])
    func `a value takes environment variables`(_ written: String, _ value: String) throws {
        let tree = try ConfigNode(yaml: "key: \(written)") { .file("file", line: $0) }
        var problems: [ConfigProblem] = []
        let node = tree.substituting(environment, problems: &problems)["key"]
        #expect(problems.isEmpty)
        guard case .scalar(value, _)? = node?.content else {
            Issue.record("\(String(describing: node))")
            return
        }
    }

    @Test func `a variable can be a number`() throws {
        for yaml in ["limits:\n  connections: ${N}", "limits: { connections: \"${N}\" }"] {
            #expect(try settings(yaml, environment: environment).limits.connections == 12)
        }
    }

    @Test func `broken YAML with a variable in it says where quotes are needed`() {
        #expect(problems("limits: { connections: ${N} }").first?.contains("must be in quotes") == true)
    }

    @Test(arguments: [
        (
            "data: ${MISSING}",
            "file:1: data: the environment variable MISSING is not set; write $$ for a dollar sign"
        ),
        ("data: \"${ROOT\"", "file:1: data: “${” without “}”; write $$ for a dollar sign"),
    ])
    func `what cannot be filled in is named`(_ yaml: String, _ message: String) {
        #expect(problems(yaml, environment: environment) == [message])
    }
}
