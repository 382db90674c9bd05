import Foundation
import Testing

@testable import RegistryServer

struct ShownConfigurationTests {
    @Test func `the default file is accepted and says nothing but defaults`() throws {
        #expect(try settings(defaultConfiguration).tree.leaves == settings().tree.leaves)
    }

    @Test func `the default file's examples are accepted too`() throws {
        let lines = defaultConfiguration.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            // An example's comment begins without a space, or stands where its key would.
            line.replacing(/^( *)#(?=[a-z ] *[a-z-]+:)/) { "\($0.output.1)" }
        }
        let all = lines.joined(separator: "\n")
        let settings = try settings(all)
        #expect(settings.tls?.clientCA != nil)
        #expect(settings.access.certificates == .subjectCN)
        #expect(settings.access.issuers.count == 1)
        #expect(settings.backends.first?.section["root"] != nil)
        #expect(settings.publicURL != nil)
    }

    @Test func `what is shown can be read back`() throws {
        let yaml = """
            data: "/a$$b c"
            http: { listen: ["[::1]:5"], trusted-proxies: [10.0.0.0/8, "::1"] }
            storage: { backends: { a: { driver: silent, text: "true", number: 7, nested: { list: [{ x: "~" }] } } } }
            access: { anonymous: push }
            """
        let first = try settings(yaml)
        let second = try settings(first.shown(json: false))
        #expect(first.data == "/a$b c")
        #expect(first.shownLeaves == second.shownLeaves)
    }

    @Test(arguments: [
        "", "access: {}", "access: { anonymous: pull, repositories: must-exist, realm: \"true\" }",
        """
        http: { public-url: "https://r.example.com:8443", tls: { certificate: c.pem, key: k.pem, client-ca: ca.pem } }
        access:
          tokens: { enabled: false, lifetime: 10m }
          htpasswd: users
          issuers: [{ issuer: "https://a.example.com", jwks-file: a.jwks }, { issuer: "http://b", jwks-file: /b.jwks }]
          certificates: subject-cn
        """,
    ])
    func `who may do what is shown as it is, and can be read back`(_ yaml: String) throws {
        let first = try settings(yaml)
        for shown in [try first.shown(json: false), try first.shown(json: true)] {
            let second = try settings(shown)
            #expect(first.access == second.access)
            #expect(first.tls == second.tls)
            #expect(!shown.contains("***"), "\(shown)")
        }
    }

    @Test func `what is not said is said`() throws {
        #expect(try settings("").shown(json: false).hasPrefix("# There is no access section"))
        #expect(try !settings("access: {}").shown(json: false).contains("#"))
    }

    @Test func `a driver's tokens are secrets`() throws {
        let shown = try settings("storage: { backends: { a: { driver: silent, tokens: { a: s3cr3t } } } }").shown(
            json: true)
        #expect(!shown.contains("s3cr3t"))
    }

    @Test func `secrets are not shown`() throws {
        let settings = try settings(
            """
            storage:
              backends:
                s3: { driver: silent, access-key-id: AKIA1, secret-access-key: s3cr3t, nested: [{ password: pw1 }] }
            """
        )
        for text in [try settings.shown(json: false), try settings.shown(json: true)] {
            #expect(!text.contains("AKIA1"))
            #expect(!text.contains("s3cr3t"))
            #expect(!text.contains("pw1"))
            #expect(text.contains("***"))
        }
    }

    @Test func `JSON has numbers, truth values and text`() throws {
        let settings = try settings("storage: { backends: { a: { driver: silent, n: 7, b: true, t: \"7\" } } }")
        let json = try JSONSerialization.jsonObject(with: Data(settings.shown(json: true).utf8)) as? [String: Any]
        let storage = json?["storage"] as? [String: Any]
        let backend = (storage?["backends"] as? [String: Any])?["a"] as? [String: Any]
        #expect(backend?["n"] as? Int == 7)
        #expect(backend?["b"] as? Bool == true)
        #expect(backend?["t"] as? String == "7")
        #expect((json?["limits"] as? [String: Any])?["connections"] as? Int == 10_000)
        #expect(json?["metadata"] != nil)
    }
}

extension Settings {
    fileprivate var shownLeaves: [String] { tree.redacted.leaves.map { "\($0) \($1.withoutOrigins)" }.sorted() }
}

extension ConfigNode.Content {
    fileprivate var withoutOrigins: String {
        switch self {
        case .null: "null"
        case .scalar(let text, _): text
        case .list(let nodes): "\(nodes.map(\.content.withoutOrigins))"
        case .map(let entries): "\(entries.map { "\($0.key)=\($0.value.content.withoutOrigins)" })"
        }
    }
}
