import Foundation
import RegistryCore
import Testing

@testable import Authentication

struct OutsideKeysTests {
    private func header(_ alg: String) -> String { #"{"alg":"\#(alg)","kid":"k1"}"# }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `keys and signatures that openssl made are good`(_ algorithm: SignatureAlgorithm) throws {
        let folder = try KeysFolder()
        let openssl = OpenSSL(folder: folder)
        try openssl.makeKey(algorithm)
        let token = try openssl.token(header(algorithm.rawValue), Outside.payload(), algorithm)
        let name = algorithm.rawValue
        for members in [#""kid":"k1""#, #""kid":"k1","alg":"\#(name)","use":"sig","key_ops":["verify"]"#] {
            let issuers = try OutsideIssuers(folder, #"{"keys":[\#(try openssl.jwk(algorithm, members))]}"#)
            #expect(issuers.refusal(of: token) == nil)
            #expect(issuers.refusal(of: String(token.dropLast())) != nil)
        }
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `a key signs in its own way only`(_ algorithm: SignatureAlgorithm) throws {
        let folder = try KeysFolder()
        let openssl = OpenSSL(folder: folder)
        try openssl.makeKey(algorithm)
        let members = #""kid":"k1","alg":"\#(algorithm.rawValue)""#
        let issuers = try OutsideIssuers(folder, #"{"keys":[\#(try openssl.jwk(algorithm, members))]}"#)
        for other in SignatureAlgorithm.allCases where other != algorithm {
            let token = try openssl.token(header(other.rawValue), Outside.payload(), algorithm)
            #expect(issuers.refusal(of: token) == .wrongAlgorithm)
        }
        for other in ["none", "HS256", "HS512", "PS512", "ES512", "ES256K", ""] {
            let token = try openssl.token(header(other), Outside.payload(), algorithm)
            #expect(issuers.refusal(of: token) == .wrongAlgorithm)
        }
    }

    @Test func `the padding and the hash of an RSA signature have to be those that the token names`() throws {
        let folder = try KeysFolder()
        let openssl = OpenSSL(folder: folder)
        try openssl.makeKey(.rs256)
        let issuers = try OutsideIssuers(folder, #"{"keys":[\#(try openssl.jwk(.rs256, #""kid":"k1""#))]}"#)
        let all: [SignatureAlgorithm] = [.rs256, .rs384, .rs512, .ps256]
        for named in all {
            for used in all {
                let token = try openssl.token(header(named.rawValue), Outside.payload(), used)
                #expect(issuers.refusal(of: token) == (named == used ? nil : .badSignature))
            }
        }
    }

    @Test func `keys for other things and of unknown kinds are passed over`() throws {
        let outside = try Outside()
        let (x, y) = (outside.key.x, outside.key.y)
        let point = #""kty":"EC","crv":"P-256","x":"\#(x)","y":"\#(y)""#
        let others = [
            #"{\#(point)}"#, #"{\#(point),"kid":"a","use":"enc"}"#, #"{\#(point),"kid":"b","key_ops":["sign"]}"#,
            #"{\#(point),"kid":"c","alg":"ECDH-ES"}"#, #"{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA","kid":"d"}"#,
            #"{"kty":"OKP","crv":"X25519","x":"AA","kid":"e"}"#,
            #"{"kty":"AKP","alg":"ML-DSA-44","pub":"AA","kid":"f"}"#,
            #"{"kty":"RSA","n":"AA","e":"AQAB","kid":"g","use":"enc","alg":"RSA-OAEP-256"}"#,
        ]
        let good = #"{\#(point),"kid":"k1","alg":"ES256","x5t":"AA","d":"AA"}"#
        let set = #"{"keys":[\#((others + [good]).joined(separator: ","))],"extra":1}"#
        let issuers = try OutsideIssuers(outside.folder, set)
        #expect(issuers.refusal(of: try outside.token(header: header("ES256"))) == nil)
        for kid in ["a", "b", "c", "d"] {
            let token = try outside.token(header: #"{"alg":"ES256","kid":"\#(kid)"}"#)
            #expect(issuers.refusal(of: token) == .unknownKey)
        }
        // Without the good one there is nothing left to do with the file.
        let error = #expect(throws: KeyFileError.self) {
            try OutsideIssuers(outside.folder, #"{"keys":[\#(others.joined(separator: ","))]}"#)
        }
        #expect(error?.message.contains("holds no key") == true)
    }

    @Test(arguments: [
        ("", "no JWK set: it is not JSON"), ("[]", "no JWK set: “it” is not of the right kind"),
        ("{}", "no JWK set: it has no “keys”"), (#"{"keys":[{}]}"#, "no JWK set: a key in it has no “kty”"),
        (#"{"keys":[]}"#, "holds no key"),
        (#"{"keys":[{"kty":"oct","k":"c2VjcmV0","kid":"a"}]}"#, "symmetric"),
        (#"{"keys":[{"kty":"oct","k":"c2VjcmV0","kid":"a","alg":"HS256"},POINT]}"#, "symmetric"),
        (#"{"keys":[{"kty":"RSA","n":"AA","e":"AQAB","kid":"a","alg":"HS256"}]}"#, "symmetric"),
        (#"{"keys":[{"kty":"RSA","n":"AA","e":"AQAB","kid":"a","alg":"none"}]}"#, "public key"),
        (#"{"keys":[POINT,POINT]}"#, "same kid"),
        (#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"a"}]}"#, "no RSA key"),
        (#"{"keys":[{"kty":"RSA","e":"AQAB","kid":"a"}]}"#, "no RSA key"),
        (#"{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA","kid":"a"}]}"#, "no EC key"),
        (#"{"keys":[{"kty":"EC","crv":"P-256","x":"AA","kid":"a"}]}"#, "no EC key"),
        (#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA","kid":"a"}]}"#, "no OKP key"),
    ])
    func `a file that is no set of public keys is an error that says so`(_ set: String, _ reason: String) throws {
        let folder = try KeysFolder()
        let key = try TokenKey(created: .seconds(1))
        let point = #"{"kty":"EC","crv":"P-256","x":"\#(key.x)","y":"\#(key.y)","kid":"k1"}"#
        let error = #expect(throws: KeyFileError.self) {
            try OutsideIssuers(folder, set.replacing("POINT", with: point))
        }
        let message = try #require(error?.description)
        #expect(message.contains(reason))
        #expect(message.contains("keys.jwks"))
    }

    @Test func `a short RSA key is refused`() throws {
        let folder = try KeysFolder()
        let openssl = OpenSSL(folder: folder)
        try openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024", "-out", "private.pem")
        let set = #"{"keys":[\#(try openssl.jwk(.rs256, #""kid":"k1""#))]}"#
        #expect(throws: KeyFileError.self) { try OutsideIssuers(folder, set) }
    }
}
