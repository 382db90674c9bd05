import NIOCore
import Testing

@testable import RegistryCore

@Suite struct ContentHasherTests {
    static let content = ByteBuffer(bytes: (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 13) })

    // FIPS 180-4's examples.
    @Test(arguments: [
        (Digest.Algorithm.sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (.sha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (
            .sha512, "abc",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
    ])
    func `hashes as the standard says`(_ algorithm: Digest.Algorithm, _ text: String, _ hex: String) {
        var hasher = ContentHasher(algorithm)
        hasher.update(ByteBuffer(string: text))
        #expect(hasher.digest.hex == hex)
    }

    @Test(arguments: Digest.Algorithm.allCases)
    func `goes on from its saved state at every offset`(_ algorithm: Digest.Algorithm) throws {
        var whole = ContentHasher(algorithm)
        whole.update(Self.content)
        for offset in 0...300 {
            var first = ContentHasher(algorithm)
            first.update(try #require(Self.content.getSlice(at: 0, length: offset)))
            var second = try #require(ContentHasher(saved: first.saved))
            second.update(try #require(Self.content.getSlice(at: offset, length: 1000 - offset)))
            #expect(second.digest == whole.digest)
            #expect(second.saved == whole.saved)
        }
    }

    @Test(arguments: Digest.Algorithm.allCases, Digest.Algorithm.allCases)
    func `hashes for two at once, whatever either had before`(_ one: Digest.Algorithm, _ two: Digest.Algorithm) throws {
        for (before, after) in [
            (0, 0), (0, 64), (64, 0), (5, 5), (63, 127), (64, 128), (7, 70), (0, 1), (1, 0), (100, 100),
        ] {
            for length in [0, 1, 58, 59, 63, 64, 65, 127, 128, 200, 640, 700] {
                var (first, second) = (ContentHasher(one), ContentHasher(two))
                first.update(try #require(Self.content.getSlice(at: 0, length: before)))
                second.update(try #require(Self.content.getSlice(at: 100, length: after)))
                var (expected, expectedToo) = (first, second)
                let content = try #require(Self.content.getSlice(at: 300, length: length))
                first.update(content, and: &second)
                expected.update(content)
                expectedToo.update(content)
                #expect(
                    first.saved == expected.saved && second.saved == expectedToo.saved, "\(before) \(after) \(length)")
                #expect(first.digest == expected.digest && second.digest == expectedToo.digest)
            }
        }
    }

    @Test func `two at once count more than four gibibytes`() throws {
        var saved = ContentHasher(.sha256).saved
        let count = (UInt64(1) << 29) - 64
        saved.replaceSubrange((saved.count - 8)..., with: withUnsafeBytes(of: count.bigEndian) { Array($0) })
        var first = try #require(ContentHasher(saved: saved))
        var (second, expected) = (ContentHasher(.sha256), first)
        let content = try #require(Self.content.getSlice(at: 0, length: 128))
        first.update(content, and: &second)
        expected.update(content)
        #expect(first.saved == expected.saved)
    }

    @Test func `counts more than four gibibytes`() throws {
        // The state after 2^32 + 1 blocks' worth of bytes, made by hand: only the count differs from a small one's.
        var saved = ContentHasher(.sha256).saved
        let count = (UInt64(1) << 35) + 64
        saved.replaceSubrange((saved.count - 8)..., with: withUnsafeBytes(of: count.bigEndian) { Array($0) })
        #expect(try #require(ContentHasher(saved: saved)).saved == saved)
    }

    @Test(arguments: Digest.Algorithm.allCases)
    func `refuses what is not a saved state`(_ algorithm: Digest.Algorithm) {
        var hasher = ContentHasher(algorithm)
        hasher.update(ByteBuffer(string: "abc"))
        let saved = hasher.saved
        for length in 0..<saved.count { #expect(ContentHasher(saved: Array(saved.prefix(length))) == nil) }
        #expect(ContentHasher(saved: saved + [0]) == nil)
        #expect(ContentHasher(saved: [2] + saved.dropFirst()) == nil)
        #expect(ContentHasher(saved: [1, 3] + saved.dropFirst(2)) == nil)
    }
}
