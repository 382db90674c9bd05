import MetadataSQL
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import RegistryCore

/// A blob that is still to be seen while its collection is decided already: see ``GarbageInterleavingTests`` for the others.
@Suite struct GarbageHeldTests {
    enum Push: CaseIterable {
        case post, patchAndPut, put
    }

    /// A registry of alice's over the fixture's store, which begins the collection when it looks again at her rights: whatever a
    /// request brought has come by then, and nothing is written yet.
    private func registry(_ fixture: Fixture, _ collection: HeldCollection) -> Registry {
        Registry(
            metadata: fixture.store, backends: fixture.registry.backends, settings: RegistrySettings(),
            isCurrent: { _ in
                await collection.begin(touchedBefore: fixture.clock.now - .seconds(24 * 3600))
                return true
            }, logger: fixture.registry.logger, now: { [clock = fixture.clock] in clock.now })
    }

    private func push(_ push: Push, _ text: String, to registry: Registry, _ app: RepositoryName) async throws {
        let start = try await registry.authorize(alice, .startUpload, in: app)
        let digest = digest(of: text)
        guard push != .post else { return try await registry.push(body([text]), as: digest, start) }
        let session = try await registry.startUpload(start)
        let proceed = try await registry.authorize(alice, .continueUpload, in: app)
        if push == .patchAndPut { _ = try await registry.append(body([text]), to: session.id, proceed) }
        try await registry.finish(body(push == .put ? [text] : []), to: session.id, as: digest, proceed)
    }

    @Test(arguments: Push.allCases)
    func `a push that was told that the blob is there stores its own when it is not`(_ push: Push) async throws {
        try await Fixture.with { fixture in
            let layer = try await fixture.push("layer")
            let old = try fixture.store.locations(of: layer)
            fixture.clock.advance(25 * Fixture.hour)
            let collection = HeldCollection(fixture.store)
            // The push has asked whether the blob is there, and been told so: only then does it write what lets the collection go on.
            fixture.storage.state.withLock { $0.beforeCommit = { #expect(collection.isOver) } }
            try await self.push(push, "layer", to: registry(fixture, collection), fixture.app)
            #expect(try await collection.end() == [layer])
            let new = try fixture.store.locations(of: layer)
            #expect(new.count == 1 && new != old)
            #expect(try await fixture.sessions() == [])

            try await fixture.putImage(of: layer, as: "latest")
            let report = try await fixture.collect()
            #expect(report.blobs == 0 && report.objects == 1)
            #expect(try await fixture.storage.keys() == new.map(\.key.description))
            #expect(try await fixture.storage.allUnfinished() == [])
            let blob = try await fixture.registry.blob(layer, in: fixture.app)
            #expect(try await text(blob, from: fixture.registry) == "layer")
            // And so it is when it comes once more.
            fixture.storage.state.withLock { $0.beforeCommit = nil }
            try await fixture.push("layer")
            #expect(try fixture.store.locations(of: layer) == new)
        }
    }

    @Test(arguments: Push.allCases)
    func `if it cannot store its own it is an error, and the next push does`(_ push: Push) async throws {
        try await Fixture.with { fixture in
            let layer = try await fixture.push("layer")
            fixture.clock.advance(25 * Fixture.hour)
            let collection = HeldCollection(fixture.store)
            fixture.storage.state.withLock { $0.beforeCommit = { throw StorageError(.full, "as the test wants it") } }
            let registry = registry(fixture, collection)
            await #expect(throws: StorageError.self) { try await self.push(push, "layer", to: registry, fixture.app) }
            #expect(try await collection.end() == [layer])
            #expect(await code { try await fixture.putImage(of: layer, as: "latest") } == .manifestBlobUnknown)

            fixture.storage.state.withLock { $0.beforeCommit = nil }
            try await self.push(push, "layer", to: registry, fixture.app)
            try await fixture.putImage(of: layer, as: "latest")
            try await fixture.collect()
            let blob = try await fixture.registry.blob(layer, in: fixture.app)
            #expect(try await text(blob, from: fixture.registry) == "layer")
        }
    }

    @Test func `a mount and a manifest are told that the blob is not there`() async throws {
        try await Fixture.with { fixture in
            let layer = try await fixture.push("layer")
            fixture.clock.advance(25 * Fixture.hour)
            for mounts in [true, false] {
                let collection = HeldCollection(fixture.store)
                let registry = registry(fixture, collection)
                if mounts {
                    // Nothing else looks at the rights between its two steps.
                    await collection.begin(touchedBefore: fixture.clock.now - .seconds(24 * 3600))
                    let other = try #require(RepositoryName("alice/other"))
                    let authorization = try await registry.authorize(alice, .startUpload, in: other)
                    #expect(try await !registry.mount(layer, from: fixture.app, authorization))
                } else {
                    let refused = await code { try await fixture.putImage(of: layer, as: "latest", by: registry) }
                    #expect(refused == .manifestBlobUnknown)
                }
                #expect(try await collection.end() == [layer])
                try await fixture.push("layer")
                fixture.clock.advance(25 * Fixture.hour)
            }
            try await fixture.push("layer")
            try await fixture.putImage(of: layer, as: "latest")
            #expect(try await fixture.collect().blobs == 0)
        }
    }

    @Test func `who was told that the blob is there, and so does not bring it, is told when it matters`() async throws {
        try await Fixture.with { fixture in
            let layer = try await fixture.push("layer")
            fixture.clock.advance(25 * Fixture.hour)
            let collection = HeldCollection(fixture.store)
            await collection.begin(touchedBefore: fixture.clock.now - .seconds(24 * 3600))
            // The answer to a HEAD; that somebody has asked is written behind it, and too late.
            let blob = try await fixture.registry.blob(layer, in: fixture.app)
            #expect(!blob.isDamaged)
            while !fixture.registry.touches.begin(layer) { await Task.yield() }
            fixture.registry.touches.end(layer)
            #expect(try await collection.end() == [layer])
            #expect(await code { try await fixture.putImage(of: layer, as: "latest") } == .manifestBlobUnknown)
            try await fixture.push("layer")
            try await fixture.putImage(of: layer, as: "latest")
            fixture.clock.advance(25 * Fixture.hour)
            #expect(try await fixture.collect().blobs == 0)
        }
    }
}
