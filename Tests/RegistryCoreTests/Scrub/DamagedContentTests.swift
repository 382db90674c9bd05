import MetadataSQL
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import RegistryCore

/// What clients get of a blob that is damaged.
struct DamagedContentTests {
    private func blob(_ fixture: Fixture) async throws -> BlobRecord {
        try await fixture.registry.blob(digest(of: "abc"), in: fixture.app)
    }

    private func damage(_ blob: BlobRecord, on backend: String, _ fixture: Fixture) async throws {
        let location = try #require(blob.locations.first { $0.backend == backend })
        #expect(try await fixture.store.noteDamage("cut", of: blob.digest, at: location, at: fixture.clock.now))
    }

    @Test func `a damaged copy is not read while there is another`() async throws {
        try await Fixture.with { fixture in
            let other = SpyStorage()
            try await fixture.push("abc")
            let object = try await fixture.copy("abc", to: other, "other")
            try await damage(try await blob(fixture), on: "memory", fixture)
            let registry = fixture.registry(["memory": fixture.storage, "other": other], active: "memory")
            let blob = try await blob(fixture)
            #expect(!blob.isDamaged)
            #expect(try await text(blob, from: registry) == "abc")
            #expect(fixture.storage.state.withLock { $0.reads } == 0)
            #expect(try await registry.url(of: blob)?.text == "https://storage.example/\(object.key)")
        }
    }

    @Test func `a blob that is damaged everywhere is an error that says so, and nobody is sent to it`() async throws {
        try await Fixture.with { fixture in
            try await fixture.push("abc")
            try await damage(try await blob(fixture), on: "memory", fixture)
            let blob = try await blob(fixture)
            #expect(blob.isDamaged)
            #expect(try await fixture.registry.url(of: blob) == nil)
            let error = await #expect(throws: RegistryError.self) { _ = try await text(blob, from: fixture.registry) }
            #expect(error?.code == .failed)
            #expect(error?.message.contains("is damaged on memory: push it again") == true)
            #expect(fixture.storage.state.withLock { $0.reads } == 0)
        }
    }

    @Test func `a push mends it`() async throws {
        try await Fixture.with { fixture in
            try await fixture.push("abc")
            let before = try await blob(fixture)
            try await damage(before, on: "memory", fixture)
            try await fixture.push("abc")
            let blob = try await blob(fixture)
            #expect(blob.locations.map(\.isDamaged) == [false])
            #expect(blob.locations != before.locations)
            #expect(try await text(blob, from: fixture.registry) == "abc")
            await fixture.registry.removeDueObjects()
            #expect(try await fixture.storage.keys() == blob.locations.map(\.key.description))
        }
    }

    @Test(arguments: [StorageError.Code.objectMissing, .objectDamaged])
    func `what the server finds by itself it notes`(_ code: StorageError.Code) async throws {
        try await Fixture.with { fixture in
            try await fixture.push("abc")
            fixture.storage.state.withLock { $0.readError = code }
            let blob = try await blob(fixture)
            let error = await #expect(throws: RegistryError.self) { _ = try await text(blob, from: fixture.registry) }
            #expect(error?.code == .failed && error?.message.contains("is damaged") == true)
            while try fixture.store.countDamages() != ["memory": 1] { await Task.yield() }
            #expect(try fixture.store.damages(on: "memory", after: nil, limit: 9)[0].reason == "as the test wants it")
        }
    }

    @Test func `a backend that is away is not damaged`() async throws {
        try await Fixture.with { fixture in
            try await fixture.push("abc")
            fixture.storage.state.withLock { $0.readError = .unavailable }
            let blob = try await blob(fixture)
            await #expect(throws: StorageError.self) { _ = try await text(blob, from: fixture.registry) }
            fixture.storage.state.withLock { $0.readError = nil }
            #expect(try await text(blob, from: fixture.registry) == "abc")
            #expect(try fixture.store.countDamages() == [:])
        }
    }

    @Test func `what breaks off on its way to a client is damage if it does so again`() async throws {
        try await Fixture.with { fixture in
            try await fixture.push("abc")
            let blob = try await blob(fixture)
            let broken = StorageError(.objectDamaged, "a sector")
            // Nobody's fault, or the client's.
            for error: any Error in [ClientGone(), StorageError(.failed, "who knows"), StorageError(.unavailable, "")] {
                fixture.registry.sendingFailed(error, blob, 1..<3)
                #expect(fixture.registry.damages.begin(blob.digest))
                fixture.registry.damages.end(blob.digest)
            }
            // It was a passing matter.
            fixture.registry.sendingFailed(broken, blob, 1..<3)
            while !fixture.registry.damages.begin(blob.digest) { await Task.yield() }
            fixture.registry.damages.end(blob.digest)
            #expect(fixture.storage.state.withLock { $0.reads } > 0)
            #expect(try fixture.store.countDamages() == [:])

            fixture.storage.state.withLock { $0.readError = .objectDamaged }
            fixture.registry.sendingFailed(broken, blob, 1..<3)
            while try fixture.store.countDamages() != ["memory": 1] { await Task.yield() }
            #expect(try fixture.store.damages(on: "memory", after: nil, limit: 9)[0].reason == "a sector")
        }
    }
}
