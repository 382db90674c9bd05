import NIOCore
import TestSupport
import Testing

@testable import RegistryCore

@Suite struct PartwiseHasherTests {
    private static let content = ByteBuffer(bytes: (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 11) })

    private static func slice(_ range: Range<Int>) -> ByteBuffer {
        content.getSlice(at: range.lowerBound, length: range.count) ?? ByteBuffer()
    }

    private static func digest(_ range: Range<Int>, _ algorithm: Digest.Algorithm = .sha256) -> Digest {
        var hasher = ContentHasher(algorithm)
        hasher.update(slice(range))
        return hasher.digest
    }

    /// The content from where the hasher is, in buffers of so many bytes: the offsets at which parts ended, with their hashes.
    private static func feed(_ hasher: inout PartwiseHasher, by count: Int) -> [Int64: Digest?] {
        var ends: [Int64: Digest?] = [:]
        for start in stride(from: Int(hasher.offset), to: 1000, by: count) {
            var rest = slice(start..<min(start + count, 1000))
            while let piece = hasher.next(of: &rest) {
                #expect(piece.bytes == slice(Int(hasher.offset) - piece.bytes.readableBytes..<Int(hasher.offset)))
                if hasher.isBetweenParts { ends[hasher.offset] = .some(piece.part) }
            }
        }
        return ends
    }

    @Test(.enabled(if: ContentHasher.pairsAreCheap), arguments: [1, 63, 64, 100, 128, 129, 300, 1000])
    func `each part has a hash of its own, however the bytes come`(_ count: Int) {
        var hasher = PartwiseHasher(ContentHasher(.sha256))
        hasher.feed(PartedUpload(partLength: 128, hashesParts: true))
        let ends = Self.feed(&hasher, by: count)
        #expect(ends.keys.sorted() == [128, 256, 384, 512, 640, 768, 896])
        for (end, part) in ends { #expect(part == Self.digest(Int(end) - 128..<Int(end))) }
        #expect(hasher.blob.digest == Self.digest(0..<1000))
    }

    @Test func `a part that an earlier request began has none`() {
        var blob = ContentHasher(.sha256)
        blob.update(Self.slice(0..<130))
        var hasher = PartwiseHasher(blob, at: 130)
        hasher.feed(PartedUpload(partLength: 300, hashesParts: true))
        let ends = Self.feed(&hasher, by: 40)
        #expect(ends.keys.sorted() == [300, 600, 900])
        #expect(ends[300] == .some(nil))
        if ContentHasher.pairsAreCheap { #expect(ends[600] == Self.digest(300..<600)) }
        #expect(hasher.blob.digest == Self.digest(0..<1000))
    }

    @Test(arguments: [(Digest.Algorithm.sha256, false), (.sha512, true)])
    func `parts are hashed where that is wanted and cheap`(_ algorithm: Digest.Algorithm, _ isWanted: Bool) {
        var hasher = PartwiseHasher(ContentHasher(algorithm))
        hasher.feed(PartedUpload(partLength: 500, hashesParts: isWanted))
        #expect(Self.feed(&hasher, by: 64) == [500: nil, 1000: nil])
        #expect(hasher.blob.digest == Self.digest(0..<1000, algorithm))
    }

    @Test func `what goes to no parts stays as it comes`() {
        var hasher = PartwiseHasher(ContentHasher(.sha256))
        hasher.feed(PartedUpload(partLength: nil, hashesParts: true))
        #expect(Self.feed(&hasher, by: 300) == [:])
        #expect(hasher.blob.digest == Self.digest(0..<1000))
    }
}

private final class PartedUpload: BlobUpload {
    let partLength: Int64?
    let hashesParts: Bool

    init(partLength: Int64?, hashesParts: Bool) {
        self.partLength = partLength
        self.hashesParts = hashesParts
    }

    func append(_ bytes: ByteBuffer) async throws {}
    func checkpoint() async throws -> UploadCheckpoint { UploadCheckpoint(offset: 0) }
    func commit(as digest: Digest) async throws -> StoredObject { StoredObject(key: ObjectKey(""), size: 0) }
    func abort() async throws {}
}
