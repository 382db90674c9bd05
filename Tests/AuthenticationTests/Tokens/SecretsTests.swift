import Testing

@testable import Authentication

struct SecretsTests {
    private struct Counting: RandomNumberGenerator {
        var last: UInt64 = 0
        mutating func next() -> UInt64 {
            last += 1
            return last &* 0x9E37_79B9_7F4A_7C15
        }
    }

    @Test func `a secret is its prefix and 32 random bytes`() throws {
        var generator = Counting()
        var again = Counting()
        let secret = Secrets.make(Secrets.robotPrefix, using: &generator)
        #expect(secret.hasPrefix("rdt_"))
        #expect(Base64URL.decode(secret.dropFirst(4).utf8)?.count == 32)
        #expect(secret == Secrets.make("rdt_", using: &again))
        #expect(secret != Secrets.make("rdt_", using: &generator))
    }

    @Test func `no two secrets are the same`() {
        let secrets = Set((0..<1000).map { _ in Secrets.make(Secrets.refreshPrefix) })
        #expect(secrets.count == 1000)
        #expect(secrets.allSatisfy { $0.hasPrefix("rdr_") && $0.utf8.count == 47 })
    }

    // FIPS 180-4's example.
    @Test func `what is stored of a secret is its SHA-256`() {
        #expect(Secrets.hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test func `a fingerprint tells parts apart that read the same one after the other`() {
        let parts = [["ab", "c"], ["a", "bc"], ["abc"], ["abc", ""], ["", "abc"], []]
        let fingerprints = Set(parts.map(Secrets.fingerprint))
        #expect(fingerprints.count == parts.count)
        #expect(fingerprints.allSatisfy { $0.utf8.count == 32 })
        #expect(Secrets.fingerprint(of: ["ab", "c"]) == Secrets.fingerprint(of: ["ab", "c"]))
    }

    // printf '\0\0\0\0\0\0\0\1a' | sha256sum
    @Test func `a fingerprint stays the same from release to release`() {
        #expect(Secrets.fingerprint(of: ["a"]) == "3b196fd4907bedf51c3090e9835f2f7c")
    }
}
