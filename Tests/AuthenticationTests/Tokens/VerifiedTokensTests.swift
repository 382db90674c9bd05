import RegistryCore
import Testing

@testable import Authentication

struct VerifiedTokensTests {
    private func entry(_ id: Int) -> VerifiedTokens.Entry {
        let time = Timestamp(milliseconds: 0)
        let claims = AccessTokenClaims(
            issuer: "", audience: "", subject: "", issued: time, notBefore: time, expires: time, id: "\(id)",
            access: nil, fingerprint: "")
        return VerifiedTokens.Entry(kid: "k", claims: claims)
    }

    @Test func `it never holds more than it may`() {
        var tokens = VerifiedTokens(capacity: 10)
        for id in 0..<1000 {
            tokens.insert(entry(id), SHA256Digest("\(id)"))
            #expect(tokens.count <= 10)
            #expect(tokens.entry(SHA256Digest("\(id)"))?.claims.id == "\(id)")
        }
        #expect(tokens.entry(SHA256Digest("0")) == nil)
    }

    @Test func `what is asked for stays`() {
        var tokens = VerifiedTokens(capacity: 10)
        tokens.insert(entry(0), SHA256Digest("0"))
        for id in 1..<1000 {
            tokens.insert(entry(id), SHA256Digest("\(id)"))
            #expect(tokens.entry(SHA256Digest("0"))?.claims.id == "0")
        }
    }

    @Test func `what was removed is gone from both halves`() {
        var tokens = VerifiedTokens(capacity: 4)
        for id in 0..<3 { tokens.insert(entry(id), SHA256Digest("\(id)")) }
        for id in 0..<3 {
            tokens.remove(SHA256Digest("\(id)"))
            #expect(tokens.entry(SHA256Digest("\(id)")) == nil)
        }
        #expect(tokens.count == 0)
    }
}
