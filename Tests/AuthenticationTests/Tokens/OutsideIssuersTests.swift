import Foundation
import RegistryCore
import Testing

@testable import Authentication

struct OutsideIssuersTests {
    @Test func `a token without a claim of access says so`() throws {
        let outside = try Outside()
        let token = try outside.token(Outside.payload(Outside.one, #","iat":1800000000.25,"jti":"x""#))
        let claims = try outside.issuers.verify(token, audience: Outside.audience)
        let time = Timestamp(milliseconds: 1_800_000_000_250)
        let expected = AccessTokenClaims(
            issuer: Outside.one, audience: Outside.audience, subject: "alice", issued: time, notBefore: time,
            expires: .seconds(1_800_000_300), id: "x", access: nil, fingerprint: "")
        #expect(claims == expected)
    }

    @Test func `of what a token allows, what means nothing here is left out`() throws {
        let outside = try Outside()
        let access = #"""
            ,"access":[{"type":"repository","name":"alice/app","actions":["pull","metadata_read"]},
            {"type":"repository","name":"alice/all","actions":["*"]},
            {"type":"repository","name":"alice/none","actions":null},
            {"type":"repository","class":"plugin","name":"UPPER","actions":["pull"]},
            {"type":"repository","name":"alice/app:pull","actions":["push"]},
            {"type":"repository(plugin)","name":"alice/app","actions":["push"]},
            {"type":"registry","name":"catalog","actions":["pull"]}]
            """#
        let claims = try outside.issuers.verify(
            try outside.token(Outside.payload(Outside.one, access)), audience: Outside.audience)
        let scope = try #require(claims.access)
        let expected = ["repository:alice/app:pull", "repository:alice/all:pull,push,delete", "repository:alice/none:"]
        #expect(scope.texts == expected)
    }

    @Test func `what only we say is not taken from others`() throws {
        let outside = try Outside()
        let token = try outside.token(Outside.payload(Outside.one, #","fpr":"abc","rob":"robot-7""#))
        let claims = try outside.issuers.verify(token, audience: Outside.audience)
        #expect(claims.fingerprint == "")
        #expect(claims.robot == nil)
    }

    @Test func `the registry may be one of several that the token is for`() throws {
        let outside = try Outside()
        func payload(_ aud: String) -> String {
            #"{"iss":"\#(Outside.one)","aud":\#(aud),"sub":"alice","exp":1800000300}"#
        }
        let several = try outside.token(payload(#"["x","registry.example.com"]"#))
        #expect(try outside.issuers.verify(several, audience: Outside.audience).audience == Outside.audience)
        for aud in [#""x""#, #"["x","y"]"#, "[]", #""registry.example.com.""#] {
            #expect(outside.refusal(of: try outside.token(payload(aud))) == .wrongAudience)
        }
    }

    @Test func `a token has to say when it ends, and to count now`() throws {
        let outside = try Outside()
        let endless = #"{"iss":"\#(Outside.one)","aud":"\#(Outside.audience)","sub":"alice"}"#
        #expect(outside.refusal(of: try outside.token(endless)) == .malformed)
        let early = Outside.payload(Outside.one, #","nbf":1800000061"#)
        #expect(outside.refusal(of: try outside.token(early)) == .notYetValid)
        let token = try outside.token()
        #expect(outside.refusal(of: token) == nil)
        outside.clock.advance(seconds: 300)
        #expect(outside.refusal(of: token) == .expired)
    }

    @Test func `an issuer's key does not sign for another`() throws {
        let outside = try Outside()
        #expect(outside.refusal(of: try outside.token(Outside.payload(Outside.two), by: outside.other)) == nil)
        #expect(outside.refusal(of: try outside.token(Outside.payload(Outside.two))) == .unknownKey)
        let header = #"{"alg":"ES256","kid":"\#(outside.other.kid)"}"#
        let forged = try outside.token(Outside.payload(Outside.two), header: header)
        #expect(outside.refusal(of: forged) == .badSignature)
    }

    @Test func `issuers that are not known do not count`() throws {
        let outside = try Outside()
        for issuer in ["", "https://one.example.com/", "https://three.example.com"] {
            let token = try outside.token(Outside.payload(issuer))
            #expect(outside.refusal(of: token) == .wrongIssuer)
            #expect(!outside.issuers.isIssuer(of: token))
        }
        #expect(outside.issuers.isIssuer(of: try outside.token()))
        #expect(!outside.issuers.isIssuer(of: "x"))
    }

    @Test func `a key has to be named, and known`() throws {
        let outside = try Outside()
        for header in [#"{"alg":"ES256"}"#, #"{"alg":"ES256","kid":""}"#, #"{"alg":"ES256","kid":"x"}"#] {
            #expect(outside.refusal(of: try outside.token(header: header)) == .unknownKey)
        }
    }

    @Test func `a token that was changed does not count`() throws {
        let outside = try Outside()
        let good = Array(try outside.token().utf8)
        for index in good.indices {
            var changed = good
            changed[index] ^= 1
            let text = String(decoding: changed, as: UTF8.self)
            #expect(outside.refusal(of: text) != nil, "byte \(index)")
        }
    }

    // MARK: Files

    @Test func `a changed file is followed, and what it no longer names does not count`() throws {
        let outside = try Outside()
        let old = try outside.token()
        #expect(try outside.issuers.refresh() == false)
        let next = try TokenKey(created: .seconds(3))
        try outside.folder.write(Outside.set([next]), to: "one.jwks")
        #expect(outside.refusal(of: old) == nil)
        #expect(try outside.issuers.refresh())
        #expect(try outside.issuers.refresh() == false)
        #expect(outside.refusal(of: old) == .unknownKey)
        #expect(outside.refusal(of: try outside.token(by: next)) == nil)
    }

    @Test func `a file that went bad changes nothing and holds nobody up`() throws {
        let outside = try Outside()
        let token = try outside.token()
        try outside.folder.write("{", to: "one.jwks")
        let next = try TokenKey(created: .seconds(3))
        try outside.folder.write(Outside.set([next]), to: "two.jwks")
        for _ in 0..<2 {
            let error = #expect(throws: KeyFileError.self) { try outside.issuers.refresh() }
            #expect(error?.message.contains("one.jwks") == true)
        }
        #expect(outside.refusal(of: token) == nil)
        #expect(outside.refusal(of: try outside.token(Outside.payload(Outside.two), by: next)) == nil)
    }

    @Test func `keys are withdrawn with the last one in the file, and with the file`() throws {
        let outside = try Outside()
        let token = try outside.token()
        let whole = try Outside.set([outside.key])
        try outside.folder.write(#"{"keys":[]}"#, to: "one.jwks")
        #expect(try outside.issuers.refresh())
        #expect(outside.refusal(of: token) == .unknownKey)
        try outside.folder.write(whole, to: "one.jwks")
        #expect(try outside.issuers.refresh())
        #expect(outside.refusal(of: token) == nil)
        try FileManager.default.removeItem(atPath: "\(outside.folder.path)/one.jwks")
        #expect(try outside.issuers.refresh())
        #expect(try outside.issuers.refresh() == false)
        #expect(outside.refusal(of: token) == .unknownKey)
    }

    @Test func `a file that is missing or far too long is an error at the start`() throws {
        let folder = try KeysFolder()
        let source = OutsideIssuers.Source(issuer: Outside.one, path: "\(folder.path)/keys.jwks")
        #expect(throws: KeyFileError.self) { try OutsideIssuers([source]) }
        try folder.write(String(repeating: " ", count: 2 << 20), to: "keys.jwks")
        #expect(throws: KeyFileError.self) { try OutsideIssuers([source]) }
    }

    @Test func `an issuer is there once`() throws {
        let outside = try Outside()
        let source = OutsideIssuers.Source(issuer: Outside.one, path: "\(outside.folder.path)/one.jwks")
        #expect(throws: KeyFileError.self) { try OutsideIssuers([source, source]) }
    }
}
