import MetadataSQL
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import RegistryCore

/// A blob on the verge of collection, and a request that has begun when the collection comes.
///
/// The collection is one transaction, and so is the end of every request. So what matters is what a request has read before, and
/// where it waits between that and its end:
///
/// | who | the collection comes | |
/// |---|---|---|
/// | push | before its bytes are there | here: `a push whose blob goes while its bytes come` |
/// | POST, PATCH and PUT, PUT | after it was told that the blob is there, before it takes that | GarbageHeldTests |
/// | push | after it has taken it, before its own bytes are dropped | here: `a push that comes before` |
/// | push | after it was told that the blob is not there (another brought it), before its own is known | here: `a push whose blob came and went` |
/// | mount | before, after | here: `a mount keeps the blob` |
/// | mount | while it waits for its turn | GarbageHeldTests |
/// | manifest | after it was read, before it is stored | here: `a manifest whose blob goes` |
/// | manifest | while it waits for its turn | GarbageHeldTests |
/// | HEAD | later, but before the end of the grace that it prolongs | here: `who asks for a blob` |
/// | HEAD | between the answer and that | GarbageHeldTests |
/// | pull | after the row was read, before the bytes are | here: `a pull whose blob goes` |
/// | migration | before the source is read, before and amid the upload, between copy and commit | GarbageCopyTests |
///
/// In MetadataSQLTests GarbageRaceTests has the two orders of the transactions themselves, and many of them at random.
@Suite struct GarbageInterleavingTests {
    /// A blob that goes at the next collection.
    private func doomed(_ fixture: Fixture) async throws -> Digest {
        let digest = try await fixture.push("layer")
        fixture.clock.advance(25 * Fixture.hour)
        return digest
    }

    @Test func `a push that comes before finds the blob, and keeps it`() async throws {
        try await Fixture.with { fixture in
            let layer = try await doomed(fixture)
            // The push has been answered by the row when its own bytes are dropped.
            fixture.storage.state.withLock { $0.beforeAbort = { _ = try await fixture.collect() } }
            try await fixture.push("layer")
            fixture.storage.state.withLock { $0.beforeAbort = nil }
            try await fixture.putImage(of: layer, as: "latest")
            let blob = try await fixture.registry.blob(layer, in: fixture.app)
            #expect(try await text(blob, from: fixture.registry) == "layer")
        }
    }

    @Test func `a push whose blob goes while its bytes come stores them`() async throws {
        try await Fixture.with { fixture in
            let layer = try await doomed(fixture)
            // The rights are looked at again when all bytes are there, before anybody asks whether the blob is.
            let registry = interrupted(fixture)
            let authorization = try await registry.authorize(alice, .startUpload, in: fixture.app)
            try await registry.push(body(["layer"]), as: layer, authorization)
            try await fixture.putImage(of: layer, as: "latest")
            try await fixture.collect()
            let blob = try await fixture.registry.blob(layer, in: fixture.app)
            #expect(try await text(blob, from: fixture.registry) == "layer")
            #expect(try await fixture.storage.keys() == [blob.locations[0].key.description])
        }
    }

    @Test func `a push whose blob came and went while it was stored keeps its own`() async throws {
        try await Fixture.with { fixture in
            let layer = digest(of: "layer")
            fixture.storage.state.withLock { state in
                state.beforeCommit = {
                    fixture.storage.state.withLock { $0.beforeCommit = nil }
                    try await fixture.push("layer")
                    fixture.clock.advance(25 * Fixture.hour)
                    #expect(try await fixture.collect().blobs == 1)
                }
            }
            let session = try await fixture.registry.startUpload(in: fixture.app)
            try await fixture.registry.finish(body(["layer"]), to: session.id, in: fixture.app, as: layer)
            let blob = try await fixture.registry.blob(layer, in: fixture.app)
            #expect(try await text(blob, from: fixture.registry) == "layer")
            #expect(try await fixture.storage.keys() == [blob.locations[0].key.description])
        }
    }

    @Test func `a manifest whose blob goes while it is read is refused`() async throws {
        try await Fixture.with { fixture in
            let layer = try await doomed(fixture)
            let registry = interrupted(fixture)
            #expect(
                await code { try await fixture.putImage(of: layer, as: "latest", by: registry) } == .manifestBlobUnknown
            )
            #expect(try fixture.store.tags(in: fixture.app, after: nil, limit: 9) == [])
            // And taken, when the blob is brought again.
            try await fixture.push("layer")
            try await fixture.putImage(of: layer, as: "latest")
            #expect(try await fixture.collect().isEmpty)
        }
    }

    @Test(arguments: [false, true])
    func `a mount keeps the blob, or is told to bring it`(afterwards: Bool) async throws {
        try await Fixture.with { fixture in
            let layer = try await doomed(fixture)
            let other = try #require(RepositoryName("alice/other"))
            if afterwards { try await fixture.collect() }
            let caller = Caller(user: nil, address: "test")
            let authorization = try await fixture.registry.authorize(caller, .startUpload, in: other)
            for source in [fixture.app, nil] {
                let isMounted = try await fixture.registry.mount(layer, from: source, authorization)
                #expect(isMounted == !afterwards)
                #expect(try await fixture.collect().isEmpty)
            }
            #expect(try fixture.store.blob(layer, in: other) != nil || afterwards)
        }
    }

    @Test func `a pull whose blob goes before its bytes are read is told that it is not there`() async throws {
        try await Fixture.with { fixture in
            let layer = try await doomed(fixture)
            let blob = try #require(try fixture.store.blob(layer, in: fixture.app))
            try await fixture.collect()
            #expect(await code { _ = try await text(blob, from: fixture.registry) } == .blobUnknown)
        }
    }

    // MARK: Asking

    @Test func `who asks for a blob near the end of its grace prolongs it`() async throws {
        try await Fixture.with { fixture in
            let layer = try await fixture.push("layer")
            let pushed = fixture.clock.now
            // Not before the last quarter.
            fixture.clock.advance(18 * Fixture.hour)
            #expect(try await fixture.registry.blob(layer, in: fixture.app).touched == pushed)
            #expect(fixture.registry.touches.begin(layer))
            fixture.registry.touches.end(layer)

            fixture.clock.advance(6 * Fixture.hour)
            let asked = fixture.clock.now
            for _ in 0..<20 { #expect(try await fixture.registry.blob(layer, in: fixture.app).digest == layer) }
            while try fixture.store.blob(layer, in: fixture.app)?.touched != asked { await Task.yield() }
            fixture.clock.advance(23 * Fixture.hour)
            #expect(try await fixture.collect().isEmpty)
            try await fixture.putImage(of: layer, as: "latest")
            fixture.clock.advance(100 * Fixture.hour)
            #expect(try await fixture.collect().isEmpty)
        }
    }
}
