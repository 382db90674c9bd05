import Foundation
import RegistryCore
import Testing

@testable import Authentication

struct TokenKeysTests {
    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.posixPermissions] as? Int)
    }

    @Test func `a first start makes a key that only its owner can read`() throws {
        let folder = try KeysFolder()
        let keys = try TokenKeys(folder: folder.keys, now: { .seconds(1_800_000_000) })
        #expect(try folder.keyFiles() == ["1800000000000-\(keys.newest.kid).pem"])
        #expect(try mode(folder.keys) == 0o700)
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.keys) {
            #expect(try mode("\(folder.keys)/\(name)") == 0o600, "\(name)")
        }
    }

    @Test func `a second start finds the key of the first`() throws {
        let folder = try KeysFolder()
        let first = try TokenKeys(folder: folder.keys)
        let second = try TokenKeys(folder: folder.keys)
        #expect(first.newest.kid == second.newest.kid)
        #expect(try first.jwks == second.jwks)
        #expect(try folder.keyFiles().count == 1)
    }

    @Test func `many that start at once agree on one key`() async throws {
        let folder = try KeysFolder()
        let path = folder.keys
        let kids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<16 { group.addTask { try TokenKeys(folder: path).newest.kid } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(kids.count == 1)
        #expect(try folder.keyFiles().count == 1)
    }

    @Test func `a key is called by its thumbprint`() throws {
        let folder = try KeysFolder()
        let key = try TokenKeys(folder: folder.keys).newest
        let openssl = OpenSSL(folder: folder)
        try folder.write(#"{"crv":"P-256","kty":"EC","x":"\#(key.x)","y":"\#(key.y)"}"#, to: "members")
        #expect(Base64URL.encode(try openssl("dgst", "-sha256", "-binary", "members")) == key.kid)
    }

    @Test(arguments: ["PRIVATE KEY", "EC PRIVATE KEY"])
    func `keys that openssl made are read`(_ kind: String) throws {
        let folder = try KeysFolder()
        let openssl = OpenSSL(folder: folder)
        try openssl.makeKey(.es256)
        if kind.hasPrefix("EC") { try openssl("ec", "-in", "private.pem", "-out", "private.pem") }
        let pem = try String(contentsOfFile: "\(folder.path)/private.pem", encoding: .utf8)
        #expect(pem.contains("-----BEGIN \(kind)-----"))
        // Under a wrong name the error says the right one.
        let error = #expect(throws: KeyFileError.self) {
            try TokenKey(fileName: "5-x.pem", pem: Array(pem.utf8), path: "5-x.pem")
        }
        let kid = try #require(error?.message.split(separator: " ").last)
        let key = try TokenKey(fileName: "5-\(kid).pem", pem: Array(pem.utf8), path: "")
        #expect(key.kid == kid)
        #expect(key.created == Timestamp(milliseconds: 5))
    }

    @Test func `a file that holds no key stops a start, and the error names it`() throws {
        let folder = try KeysFolder()
        _ = try TokenKeys(folder: folder.keys)
        try folder.write("no key", to: "token-keys/7-abc.pem")
        let error = #expect(throws: KeyFileError.self) { try TokenKeys(folder: folder.keys) }
        #expect(error?.message.contains("7-abc.pem") == true)
        #expect(throws: KeyFileError.self) { try TokenKeys.list(folder: folder.keys) }
    }

    @Test func `other files in the folder are nobody's business`() throws {
        let folder = try KeysFolder()
        let keys = try TokenKeys(folder: folder.keys)
        for name in ["README", "x.pem", "-.pem", "1-a.pem.bak", ".5-b.pem.new"] {
            try folder.write("x", to: "token-keys/\(name)")
        }
        #expect(try keys.refresh() == false)
        #expect(try TokenKeys.list(folder: folder.keys).count == 1)
    }

    @Test func `a folder that cannot be made is an error`() throws {
        let folder = try KeysFolder()
        #expect(throws: KeyFileError.self) { try TokenKeys(folder: "\(folder.path)/no/such") }
        try folder.write("a file", to: "token-keys")
        #expect(throws: KeyFileError.self) { try TokenKeys(folder: folder.keys) }
    }

    @Test func `the published set holds the public parts of all keys and nothing private`() throws {
        let tokens = try Tokens()
        tokens.clock.advance(seconds: 1)
        _ = try tokens.rotate()
        #expect(try tokens.keys.refresh())
        let set = try JSONSerialization.jsonObject(with: Data(try tokens.keys.jwks)) as? [String: [[String: String]]]
        let published = try #require(set?["keys"])
        #expect(set?.count == 1)
        #expect(published.map { $0["kid"] } == (try TokenKeys.list(folder: tokens.folder.keys)).map(\.kid))
        for key in published {
            #expect(Set(key.keys) == ["kty", "crv", "x", "y", "kid", "use", "alg"])
            #expect(key["kty"] == "EC" && key["crv"] == "P-256" && key["use"] == "sig" && key["alg"] == "ES256")
            #expect(Base64URL.decode((key["x"] ?? "").utf8)?.count == 32)
            #expect(Base64URL.decode((key["y"] ?? "").utf8)?.count == 32)
        }
    }
}
