import MetadataSQL
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import RegistryCore

/// Blobs that are small enough to be looked at whole, and remembered.
@Suite struct SmallBlobsTests {
    private func blob(_ text: String, _ fixture: Fixture) async throws -> BlobRecord {
        try await fixture.registry.blob(digest(of: text), in: fixture.app)
    }

    private func reads(_ storage: SpyStorage) -> Int { storage.state.withLock { $0.reads } }

    @Test(arguments: [false, true])
    func `are read once, whole or in part`(files: Bool) async throws {
        try await Fixture.with { fixture in
            fixture.storage.state.withLock { $0.readsFiles = files }
            try await fixture.push("abcdef")
            let blob = try await blob("abcdef", fixture)
            for _ in 0..<3 { #expect(try await text(blob, from: fixture.registry) == "abcdef") }
            var part = ""
            for try await buffer in try await fixture.registry.content(of: blob, 2..<4).buffers() {
                part += String(buffer: buffer)
            }
            #expect(part == "cd")
            #expect(reads(fixture.storage) == 1)
        }
    }

    @Test func `larger ones are read each time`() async throws {
        try await Fixture.with { fixture in
            let large = String(repeating: "x", count: Int(SmallBlobs.largest) + 1)
            try await fixture.push(large)
            let blob = try await blob(large, fixture)
            for _ in 0..<2 { #expect(try await text(blob, from: fixture.registry) == large) }
            #expect(reads(fixture.storage) == 2)
        }
    }

    @Test func `with other bytes than they were stored with are never handed out, and noted`() async throws {
        try await Fixture.with { fixture in
            try await fixture.push("abc")
            fixture.storage.state.withLock { $0.readsZeros = true }
            let blob = try await blob("abc", fixture)
            let error = await #expect(throws: RegistryError.self) { _ = try await text(blob, from: fixture.registry) }
            #expect(error?.code == .failed && error?.message.contains("has other bytes than were stored") == true)
            while !fixture.registry.damages.begin(blob.digest) { await Task.yield() }
            #expect(try fixture.store.damages(on: "memory", after: nil, limit: 9).map(\.blob.digest) == [blob.digest])
        }
    }

    @Test func `come from another backend when one has them wrong`() async throws {
        try await Fixture.with { fixture in
            let other = SpyStorage()
            try await fixture.push("abc")
            try await fixture.copy("abc", to: other, "other")
            other.state.withLock { $0.readsZeros = true }
            let registry = fixture.registry(["memory": fixture.storage, "other": other], active: "other")
            let blob = try await registry.blob(digest(of: "abc"), in: fixture.app)
            #expect(try await text(blob, from: registry) == "abc")
        }
    }

    @Test func `that are known to be damaged everywhere are an error, remembered or not`() async throws {
        try await Fixture.with { fixture in
            try await fixture.push("abc")
            var blob = try await blob("abc", fixture)
            #expect(try await text(blob, from: fixture.registry) == "abc")
            blob.locations[0].isDamaged = true
            _ = try await fixture.store.noteDamage("rot", of: blob.digest, at: blob.locations[0], at: fixture.clock.now)
            await #expect(throws: RegistryError.self) { _ = try await text(blob, from: fixture.registry) }
        }
    }

    @Test func `are no more than there is room for`() {
        let blobs = SmallBlobs()
        let bytes = ByteBuffer(repeating: 1, count: Int(SmallBlobs.largest))
        func blob(_ number: Int) -> BlobRecord {
            BlobRecord(
                digest: digest(of: "\(number)"), size: SmallBlobs.largest,
                locations: [BlobLocation(backend: "memory", key: ObjectKey("a"))], visibility: .public,
                touched: Timestamp(milliseconds: 0))
        }
        for number in 0..<1000 {
            blobs.insert(bytes, digest(of: "\(number)"))
            blobs.insert(bytes, digest(of: "\(number)"))
        }
        let kept = (0..<1000).count { blobs[blob($0), 0..<SmallBlobs.largest] != nil }
        #expect((1...256).contains(kept))
        #expect(blobs[blob(999), 0..<SmallBlobs.largest] == bytes)
    }
}
