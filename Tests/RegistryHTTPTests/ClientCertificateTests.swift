import Foundation
import RegistryCore
import TestSupport
import Testing

@testable import RegistryHTTP

@Suite struct ClientCertificateTests {
    /// A certificate of the openssl command, in DER.
    private func certificate(_ subject: String, _ options: [String] = []) throws -> [UInt8] {
        let folder = FileManager.default.temporaryDirectory.path
        let output = "\(folder)/registryd-certificate-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: output) }
        let arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
            "-keyout", "/dev/null", "-outform", "DER", "-subj", subject,
        ]
        try #require(try spawn("openssl", arguments + options, output: output) == 0)
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: output)))
    }

    @Test(arguments: [
        ("/CN=alice", "alice"), ("/O=example/OU=people/CN=alice.b@example.com", "alice.b@example.com"),
        ("/CN=alice/emailAddress=bob@example.com", "alice"), ("/O=example+CN=alice", "alice"), ("/CN=a", "a"),
    ])
    func `the common name is the user's`(_ subject: String, _ user: String) throws {
        #expect(ClientCertificate.user(of: try certificate(subject))?.description == user)
    }

    @Test(arguments: [
        "/", "/O=alice", "/emailAddress=alice", "/CN=alice/CN=bob", "/CN=alice/CN=alice", "/CN=alice+CN=bob",
        "/CN=alice/O=example/CN=bob", "/CN=alice b", "/CN=alice\\/bob", "/CN=ålice", "/CN=*",
    ])
    func `no name, two names and what is no user's name are nobody`(_ subject: String) throws {
        #expect(ClientCertificate.user(of: try certificate(subject, ["-utf8"])) == nil)
    }

    @Test(arguments: [0, 0x80, 0xFF, UInt8(ascii: "\n")])
    func `a name with a byte in it that no name has is nobody's`(_ byte: UInt8) throws {
        var bytes = try certificate("/CN=alice")
        // The issuer and the subject are the same. Nobody looks at the signature here.
        for start in bytes.indices where bytes[start...].starts(with: "alice".utf8) { bytes[start + 3] = byte }
        #expect(ClientCertificate.user(of: bytes) == nil)
    }

    @Test func `what is no certificate names nobody`() throws {
        let good = try certificate("/CN=alice")
        #expect(ClientCertificate.user(of: []) == nil)
        #expect(ClientCertificate.user(of: [0x30]) == nil)
        #expect(ClientCertificate.user(of: Array("alice".utf8)) == nil)
        #expect(ClientCertificate.user(of: good.dropLast()) == nil)
        #expect(ClientCertificate.user(of: good + [0]) == nil)
    }
}
