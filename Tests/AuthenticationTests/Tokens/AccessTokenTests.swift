import Foundation
import RegistryCore
import Testing

@testable import Authentication

struct AccessTokenTests {
    @Test func `what was signed is what is verified, at first and from memory`() throws {
        let tokens = try Tokens()
        let claims = tokens.claims()
        let token = try tokens.tokens.sign(claims)
        #expect(try tokens.tokens.remembered(token, audience: Tokens.realm) == nil)
        #expect(try tokens.verify(token) == claims)
        #expect(try tokens.tokens.remembered(token, audience: Tokens.realm) == claims)
        #expect(try tokens.verify(token) == claims)
    }

    @Test func `nobody's token without a robot comes back as it was`() throws {
        let tokens = try Tokens()
        let claims = tokens.claims {
            $0.subject = ""
            $0.robot = nil
            $0.fingerprint = ""
            $0.access = Scope()
        }
        #expect(try tokens.verify(tokens.tokens.sign(claims)) == claims)
    }

    @Test func `a token signed without access gives nothing`() throws {
        let tokens = try Tokens()
        let token = try tokens.tokens.sign(tokens.claims { $0.access = nil })
        #expect(try tokens.verify(token).access == Scope())
    }

    @Test func `the token says what Docker's specification says it does`() throws {
        let tokens = try Tokens()
        let claims = tokens.claims {
            // Fractions of seconds do not get into tokens.
            $0.expires = Timestamp(milliseconds: $0.expires.milliseconds + 999)
        }
        let token = try tokens.tokens.sign(claims)
        #expect(try token.text(ofPart: 0) == #"{"alg":"ES256","kid":"\#(tokens.keys.newest.kid)","typ":"JWT"}"#)
        let access =
            #"[{"actions":["*"],"name":"catalog","type":"registry"},"#
            + #"{"actions":["pull","push"],"name":"alice/app","type":"repository"},"#
            + #"{"actions":[],"name":"bob/secret","type":"repository"},"#
            + #"{"actions":["delete"],"name":"alice/*","type":"repository"}]"#
        let expected =
            #"{"access":\#(access),"aud":"registry.example.com","exp":1800000300,"fpr":"0123456789abcdef","#
            + #""iat":1800000000,"iss":"registry.example.com","jti":"one","nbf":1800000000,"rob":"robot-7","#
            + #""sub":"alice"}"#
        #expect(try token.text(ofPart: 1) == expected)
        #expect(try tokens.verify(token).expires == .seconds(1_800_000_300))
    }

    @Test func `openssl verifies a token with the published key`() throws {
        let tokens = try Tokens()
        let token = try tokens.tokens.sign(tokens.claims())
        let set = try JSONSerialization.jsonObject(with: Data(try tokens.keys.jwks)) as? [String: [[String: String]]]
        let key = try #require(set?["keys"]?.first)
        let x = try #require(Base64URL.decode((key["x"] ?? "").utf8))
        let y = try #require(Base64URL.decode((key["y"] ?? "").utf8))
        // RFC 5480: a SubjectPublicKeyInfo with id-ecPublicKey and prime256v1, and an uncompressed point.
        let head = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"
        let info = try #require(Data(base64Encoded: head)) + x + y
        let folder = tokens.folder
        let openssl = OpenSSL(folder: folder)
        try Data(info).write(to: URL(fileURLWithPath: "\(folder.path)/public.der"))
        try Data(OpenSSL.der(token.part(2))).write(to: URL(fileURLWithPath: "\(folder.path)/signature"))
        let signed = try #require(token.lastIndex(of: "."))
        try folder.write(String(token[..<signed]), to: "signed")
        let answer = try openssl(
            "dgst", "-sha256", "-verify", "public.der", "-keyform", "DER", "-signature", "signature", "signed")
        #expect(String(decoding: answer, as: UTF8.self).contains("Verified OK"))
    }

    @Test func `a token counts until the second it ends, and not in it`() throws {
        let tokens = try Tokens()
        let seen = try tokens.tokens.sign(tokens.claims())
        let unseen = try tokens.tokens.sign(tokens.claims { $0.id = "two" })
        let end = tokens.clock.now.after(300)
        tokens.clock.now = Timestamp(milliseconds: end.milliseconds - 1)
        #expect(tokens.refusal(of: seen) == nil)
        tokens.clock.now = end
        #expect(tokens.refusal(of: seen) == .expired)
        #expect(tokens.refusal(of: seen) == .expired)
        #expect(tokens.refusal(of: unseen) == .expired)
    }

    @Test(arguments: [true, false])
    func `a clock that is a minute ahead is forgiven, one that is more is not`(_ isNotBefore: Bool) throws {
        let tokens = try Tokens()
        let (good, bad) = (tokens.clock.now.after(60), tokens.clock.now.after(61))
        func token(_ time: Timestamp) throws -> String {
            try tokens.tokens.sign(
                tokens.claims { if isNotBefore { $0.notBefore = time } else { $0.issued = time } })
        }
        #expect(tokens.refusal(of: try token(good)) == nil)
        #expect(tokens.refusal(of: try token(bad)) == .notYetValid)
    }

    @Test func `a token that was verified stops counting when the clock is set back`() throws {
        let tokens = try Tokens()
        let token = try tokens.tokens.sign(tokens.claims())
        #expect(tokens.refusal(of: token) == nil)
        tokens.clock.advance(seconds: -61)
        #expect(tokens.refusal(of: token) == .notYetValid)
    }

    @Test func `another registry's tokens do not count`() throws {
        let tokens = try Tokens()
        let other = "other.example.com"
        #expect(tokens.refusal(of: try tokens.tokens.sign(tokens.claims { $0.issuer = other })) == .wrongIssuer)
        #expect(
            tokens.refusal(of: try tokens.tokens.sign(tokens.claims { $0.audience = other })) == .wrongAudience)
        // Nor do ours once the registry has another name, remembered or not.
        let token = try tokens.tokens.sign(tokens.claims())
        _ = try tokens.verify(token)
        let error = #expect(throws: TokenError.self) {
            try tokens.tokens.verify(token, issuer: Tokens.realm, audience: other)
        }
        #expect(error?.reason == .wrongAudience)
    }

    @Test func `more tokens than are remembered all count`() throws {
        let tokens = try Tokens(capacity: 4)
        var signed: [String] = []
        for id in 0..<20 { signed.append(try tokens.tokens.sign(tokens.claims { $0.id = "\(id)" })) }
        for _ in 0..<2 {
            for (id, token) in signed.enumerated() { #expect(try tokens.verify(token).id == "\(id)") }
        }
    }
}
