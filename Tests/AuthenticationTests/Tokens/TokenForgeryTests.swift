import Foundation
import RegistryCore
import Testing

@testable import Authentication

struct TokenForgeryTests {
    private let tokens: Tokens
    private let key: TokenKey
    private let payload: String

    init() throws {
        tokens = try Tokens()
        key = tokens.keys.newest
        payload = try tokens.tokens.sign(tokens.claims()).text(ofPart: 1)
    }

    private func header(_ alg: String, kid: String? = nil) -> String {
        #"{"alg":"\#(alg)","kid":"\#(kid ?? key.kid)","typ":"JWT"}"#
    }

    @Test func `what these tests forge would count if it were true`() throws {
        #expect(tokens.refusal(of: try token(header("ES256"), payload, by: key)) == nil)
    }

    @Test func `a token that was changed anywhere does not count`() throws {
        let token = try tokens.tokens.sign(tokens.claims())
        // Remembered, so that memory is tried too.
        _ = try tokens.verify(token)
        let good = Array(token.utf8)
        for index in good.indices {
            for replacement in [UInt8(ascii: "A"), UInt8(ascii: "B"), good[index] ^ 1] where replacement != good[index]
            {
                var changed = good
                changed[index] = replacement
                let text = String(decoding: changed, as: UTF8.self)
                #expect(tokens.refusal(of: text) != nil, "byte \(index) as \(replacement)")
            }
            var shorter = good
            shorter.remove(at: index)
            #expect(tokens.refusal(of: String(decoding: shorter, as: UTF8.self)) != nil, "without byte \(index)")
        }
        for text in ["A" + token, token + "A", token + "=", token + ".", "." + token, token + " ", token + "\n"] {
            #expect(tokens.refusal(of: text) != nil)
        }
    }

    @Test(arguments: ["none", "None", "NONE", "", "es256", "ES256 ", "ES384", "HS256", "RS256", "EdDSA"])
    func `only ES256 is taken, with a true signature, an empty one and none`(_ alg: String) throws {
        let signed = try token(header(alg), payload, by: key)
        #expect(tokens.refusal(of: signed) == .wrongAlgorithm)
        let end = try #require(signed.lastIndex(of: "."))
        #expect(tokens.refusal(of: String(signed[...end])) == .wrongAlgorithm)
        #expect(tokens.refusal(of: String(signed[..<end])) == .malformed)
    }

    @Test func `the public key is no secret to sign with`() throws {
        let folder = tokens.folder
        let openssl = OpenSSL(folder: folder)
        try openssl("pkey", "-in", "token-keys/\(key.fileName)", "-pubout", "-out", "public.pem")
        let secret = try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/public.pem"))
        for alg in ["HS256", "ES256"] {
            let signed = Base64URL.encode(header(alg).utf8) + "." + Base64URL.encode(payload.utf8)
            try folder.write(signed, to: "signed")
            let code = try openssl(
                "dgst", "-sha256", "-mac", "HMAC", "-macopt", "hexkey:\(SHA256Digest.hex(secret))", "-binary", "signed")
            let forged = signed + "." + Base64URL.encode(code)
            #expect(tokens.refusal(of: forged) == (alg == "HS256" ? .wrongAlgorithm : .badSignature))
        }
    }

    @Test func `another key does not sign under the name of ours, nor under its own`() throws {
        let other = try TokenKey(created: .seconds(0))
        #expect(tokens.refusal(of: try token(header("ES256"), payload, by: other)) == .badSignature)
        #expect(
            tokens.refusal(of: try token(header("ES256", kid: other.kid), payload, by: other)) == .unknownKey)
    }

    @Test func `a key has to be named, and known`() throws {
        for kid in ["", "x", key.kid.lowercased() + "x", "../" + key.kid, key.kid + "\\u0000"] {
            #expect(tokens.refusal(of: try token(header("ES256", kid: kid), payload, by: key)) == .unknownKey)
        }
        for header in [#"{"alg":"ES256"}"#, #"{"alg":"ES256","kid":null}"#] {
            #expect(tokens.refusal(of: try token(header, payload, by: key)) == .unknownKey)
        }
    }

    @Test func `a key that the token brings along counts for nothing`() throws {
        let other = try TokenKey(created: .seconds(0))
        let jwk = #"{"kty":"EC","crv":"P-256","x":"\#(other.x)","y":"\#(other.y)"}"#
        let header = #"{"alg":"ES256","kid":"\#(key.kid)","jwk":\#(jwk)}"#
        #expect(tokens.refusal(of: try token(header, payload, by: other)) == .badSignature)
    }

    @Test(arguments: [
        "", "null", "[]", "{}", "{", #"{"alg":7,"kid":"K"}"#, #"{"kid":"K"}"#, #"{"alg":"ES256","kid":7}"#,
        #"{"alg":"ES256","kid":"K","crit":["exp"]}"#, #"{"alg":"ES256","kid":"K","crit":null}"#,
        // RFC 7515, section 4: names are there once.
        #"{"alg":"ES256","kid":"K","kid":"K"}"#,
    ])
    func `a header that cannot be understood is refused`(_ header: String) throws {
        let header = header.replacing("K", with: key.kid)
        #expect(tokens.refusal(of: try token(header, payload, by: key)) == .malformed)
    }

    @Test(arguments: [
        "", "null", "[]", "{}", "{", #"{"iss":"R","aud":"R","access":[]}"#,
        #"{"iss":"R","aud":"R","exp":"E","access":[]}"#,
        #"{"iss":"R","aud":"R","exp":1e300,"access":[]}"#, #"{"iss":"R","aud":7,"exp":E,"access":[]}"#,
        #"{"aud":"R","exp":E,"access":[]}"#, #"{"iss":"R","exp":E,"access":[]}"#, #"{"iss":"R","aud":"R","exp":E}"#,
        #"{"iss":"R","aud":"R","exp":E,"exp":E,"access":[]}"#,
        #"{"iss":"R","aud":"R","exp":E,"access":{}}"#, #"{"iss":"R","aud":"R","exp":E,"access":[7]}"#,
    ])
    func `a payload that lacks something is refused, even if it is signed`(_ payload: String) throws {
        let payload = payload.replacing("R", with: Tokens.realm).replacing("E", with: "1800000300")
        #expect(tokens.refusal(of: try token(header("ES256"), payload, by: key)) == .malformed)
    }

    @Test func `a signature of another length or form is refused`() throws {
        let good = try token(header("ES256"), payload, by: key)
        let end = try #require(good.lastIndex(of: "."))
        let plain = try good.part(2)
        let zeros = [UInt8](repeating: 0, count: 64)
        for signature in [[], [0], zeros, Array(plain.dropLast()), plain + [0], plain + plain, OpenSSL.der(plain)] {
            #expect(tokens.refusal(of: String(good[...end]) + Base64URL.encode(signature)) == .badSignature)
        }
    }

    @Test func `a token that is too long is not looked at`() throws {
        let long = tokens.refusal(
            of: try tokens.tokens.sign(tokens.claims { $0.id = String(repeating: "x", count: 12_000) }))
        #expect(long == .malformed)
        #expect(tokens.refusal(of: String(repeating: "[", count: 1 << 20)) == .malformed)
    }

    /// Foundation's decoder, asked for one that is nested just too deeply, reads beyond its end.
    @Test(arguments: [1...1, 499...515, 2000...2000])
    func `brackets without end are refused`(_ counts: ClosedRange<Int>) throws {
        for count in counts {
            for text in [String(repeating: "[", count: count), String(repeating: #"{"a":"#, count: count)] {
                let nested = Base64URL.encode(text.utf8)
                #expect(tokens.refusal(of: "\(nested).\(nested).AA") == .malformed)
            }
        }
    }
}
