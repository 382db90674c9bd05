import Foundation
import Testing

@testable import Authentication

/// Private keys that come from elsewhere.
struct SigningKeyTests {
    private func read(_ pem: [UInt8]) throws -> TokenKey {
        // Under a wrong name the error says the right one.
        let error = #expect(throws: KeyFileError.self) { try TokenKey(fileName: "5-x.pem", pem: pem, path: "5-x.pem") }
        let message = try #require(error?.message)
        try #require(message.contains("another key"), "\(message)")
        let kid = try #require(message.split(separator: " ").last)
        return try TokenKey(fileName: "5-\(kid).pem", pem: pem, path: "")
    }

    private func refusal(of pem: [UInt8]) -> String? {
        #expect(throws: KeyFileError.self) { try TokenKey(fileName: "5-x.pem", pem: pem, path: "5-x.pem") }?.message
    }

    @Test(arguments: [
        ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
        ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], ["-algorithm", "ED25519"],
        // It asks nobody for the passphrase: the test would hang.
        ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-aes256", "-pass", "pass:secret"],
    ])
    func `a key of another kind or curve is refused, and one with a passphrase`(_ kind: [String]) throws {
        let openssl = OpenSSL(folder: try KeysFolder())
        let pem = try openssl(["genpkey"] + kind)
        #expect(refusal(of: pem)?.contains("holds no private key of the curve P-256") == true)
    }

    @Test func `a public key is no key to sign with`() throws {
        let openssl = OpenSSL(folder: try KeysFolder())
        try openssl.makeKey(.es256)
        let pem = try openssl("pkey", "-in", "private.pem", "-pubout")
        #expect(refusal(of: pem)?.contains("holds no private key of the curve P-256") == true)
        #expect(refusal(of: []) != nil)
    }

    @Test func `a key whose halves do not belong together is refused`() throws {
        let openssl = OpenSSL(folder: try KeysFolder())
        func pem(_ der: [UInt8]) -> [UInt8] {
            let lines = Data(der).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
            return Array("-----BEGIN PRIVATE KEY-----\n\(lines)\n-----END PRIVATE KEY-----\n".utf8)
        }
        try openssl.makeKey(.es256)
        let one = try openssl("pkcs8", "-topk8", "-nocrypt", "-in", "private.pem", "-outform", "DER")
        try openssl.makeKey(.es256)
        let two = try openssl("pkcs8", "-topk8", "-nocrypt", "-in", "private.pem", "-outform", "DER")
        _ = try read(pem(one))
        // The public point is what both end with.
        #expect(refusal(of: pem(one.dropLast(64) + two.suffix(64)))?.contains("holds no private key") == true)
    }

    @Test func `a key whose public point is written compressed has the same name`() throws {
        let openssl = OpenSSL(folder: try KeysFolder())
        try openssl.makeKey(.es256)
        let plain = try read(try openssl("pkey", "-in", "private.pem"))
        let compressed = try openssl("ec", "-in", "private.pem", "-conv_form", "compressed")
        #expect(try read(compressed).kid == plain.kid)
    }

    @Test func `what is written is what is read, in a form that others read`() throws {
        let folder = try KeysFolder()
        let key = try TokenKey(created: .seconds(1))
        let pem = try key.pem
        #expect(pem.hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
        #expect(try TokenKey(fileName: key.fileName, pem: Array(pem.utf8), path: "").kid == key.kid)
        try folder.write(pem, to: "private.pem")
        let jwk = try OpenSSL(folder: folder).jwk(.es256, "")
        #expect(jwk.contains(#""x":"\#(key.x)","y":"\#(key.y)""#))
    }

    @Test func `numbers keep the zeros in front of them`() throws {
        // One in 128 keys has such a point.
        for _ in 0..<5000 {
            let key = try OpenSSLKey.makeP256()
            let point = try key.point(bytes: 32)
            #expect(point.x.count == 32 && point.y.count == 32)
            guard point.x[0] == 0 || point.y[0] == 0 else { continue }
            // It is the same point with them.
            let known = try PublicKey.point(on: .p256, x: point.x, y: point.y)
            #expect(try known.isValid(key.signature(of: [1], .sha256, bytes: 32), of: [1], by: .es256))
            return
        }
        Issue.record("no key had one")
    }

    @Test func `one in 128 signatures has a number with a zero in front, and is as long as the others`() throws {
        let key = try TokenKey(created: .seconds(1))
        for content in (0..<5000).lazy.map({ Array("\($0)".utf8) }) {
            let signature = try key.signature(of: content)
            #expect(signature.count == 64)
            guard signature[0] == 0 || signature[32] == 0 else { continue }
            #expect(try key.publicKey.isValid(signature, of: content, by: .es256))
            return
        }
        Issue.record("no signature had one")
    }
}
