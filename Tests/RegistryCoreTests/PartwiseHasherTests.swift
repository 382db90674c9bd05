import NIOCore
import TestSupport
import Testing

@testable import RegistryCore

/// Where two hashes at once are not cheap, nothing is told of parts, and that is shown instead.
@Suite struct PartwiseHasherTests {
    private static let content = ByteBuffer(bytes: (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 11) })

    private static func slice(_ range: Range<Int>) -> ByteBuffer {
        content.getSlice(at: range.lowerBound, length: range.count) ?? ByteBuffer()
    }

    private static func hash(_ range: Range<Int>, _ algorithm: Digest.Algorithm = .sha256) -> Digest {
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

    @Test(arguments: [1, 63, 64, 100, 128, 129, 300, 1000])
    func `each part has a hash of its own, however the bytes come`(_ count: Int) {
        var hasher = PartwiseHasher(ContentHasher(.sha256))
        hasher.feed(PartedUpload(partLength: 128, hashesParts: true))
        let ends = Self.feed(&hasher, by: count)
        #expect(ends.keys.sorted() == [128, 256, 384, 512, 640, 768, 896])
        for (end, part) in ends {
            #expect(part == (ContentHasher.pairsAreCheap ? Self.hash(Int(end) - 128..<Int(end)) : nil))
        }
        #expect(hasher.blob.digest == Self.hash(0..<1000))
    }

    @Test func `a part that an earlier request began has none`() {
        var blob = ContentHasher(.sha256)
        blob.update(Self.slice(0..<130))
        var hasher = PartwiseHasher(blob, at: 130)
        hasher.feed(PartedUpload(partLength: 320, hashesParts: true))
        let ends = Self.feed(&hasher, by: 40)
        #expect(ends.keys.sorted() == [320, 640, 960])
        #expect(ends[320] == .some(nil))
        #expect(ends[640] == (ContentHasher.pairsAreCheap ? Self.hash(320..<640) : nil))
        #expect(hasher.blob.digest == Self.hash(0..<1000))
    }

    @Test(arguments: [(Digest.Algorithm.sha256, false, 512), (.sha512, true, 512), (.sha256, true, 500)])
    func `parts are hashed where that is wanted and cheap`(
        _ algorithm: Digest.Algorithm, _ isWanted: Bool, _ length: Int64
    ) {
        var hasher = PartwiseHasher(ContentHasher(algorithm))
        hasher.feed(PartedUpload(partLength: length, hashesParts: isWanted))
        let ends = Self.feed(&hasher, by: 64)
        #expect(ends.count == 1000 / Int(length))
        #expect(ends.values.allSatisfy { $0 == nil })
        #expect(hasher.blob.digest == Self.hash(0..<1000, algorithm))
    }

    @Test func `uploads are told of the parts that one request brings`() async throws {
        try await Fixture.with { fixture in
            fixture.storage.state.withLock { $0.partLength = 64 }
            let text = String(repeating: "0123456789", count: 40)
            let id = try await fixture.registry.startUpload(in: fixture.app).id
            func part(_ range: Range<Int>) -> String { String(text.dropFirst(range.lowerBound).prefix(range.count)) }
            _ = try await fixture.registry.append(body([part(0..<70), part(70..<150)]), to: id, in: fixture.app)
            try await fixture.registry.finish(body([part(150..<400)]), to: id, in: fixture.app, as: digest(of: text))
            // The third part came in both, and the seventh is not a whole one.
            let told = [0..<64, 64..<128, 192..<256, 256..<320, 320..<384].map { digest(of: part($0)) }
            #expect(fixture.storage.state.withLock { $0.parts } == (ContentHasher.pairsAreCheap ? told : []))
        }
    }

    @Test func `what goes to no parts stays as it comes`() {
        var hasher = PartwiseHasher(ContentHasher(.sha256))
        hasher.feed(PartedUpload(partLength: nil, hashesParts: true))
        #expect(Self.feed(&hasher, by: 300) == [:])
        #expect(hasher.blob.digest == Self.hash(0..<1000))
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
