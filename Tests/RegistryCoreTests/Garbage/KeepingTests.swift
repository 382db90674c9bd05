import MetadataSQL
import NIOCore
import TestSupport
import Testing

@testable import RegistryCore

@Suite struct KeepingTests {
    @Test func `every way to a blob is named, from its tag down`() async throws {
        try await Fixture.with { fixture in
            let layer = try await fixture.push("layer")
            let image = try await fixture.putImage(of: layer)
            let index = try await fixture.putIndex(of: [image], as: "multi")
            let other = try await fixture.putImage(of: layer, as: "single", number: 1)
            let keeping = try #require(try await fixture.store.keeping(layer, limit: 20))
            #expect(keeping.blob == BlobStanding(size: 5, touched: fixture.clock.now, repositories: 1))
            #expect(!keeping.isManifest)
            #expect(
                Set(keeping.chains) == [
                    .init(
                        repository: fixture.app, tag: Tag("multi"),
                        manifests: [.init(kind: .index, digest: index), .init(kind: .manifest, digest: image)]),
                    .init(
                        repository: fixture.app, tag: Tag("single"),
                        manifests: [.init(kind: .manifest, digest: other)]),
                ])
            #expect(keeping.more == 0)

            let manifest = try #require(try await fixture.store.keeping(image, limit: 20))
            #expect(manifest.isManifest)
            #expect(manifest.blob == nil)
            #expect(manifest.chains.map(\.tag) == [Tag("multi")])
        }
    }

    @Test func `an untagged manifest keeps its blob, and nothing keeps one that no manifest needs`() async throws {
        try await Fixture.with { fixture in
            let (layer, loose) = (try await fixture.push("layer"), try await fixture.push("loose"))
            let image = try await fixture.putImage(of: layer)
            let keeping = try #require(try await fixture.store.keeping(layer, limit: 20))
            #expect(
                keeping.chains == [
                    .init(repository: fixture.app, tag: nil, manifests: [.init(kind: .manifest, digest: image)])
                ])
            #expect(try await fixture.store.keeping(loose, limit: 20)?.chains == [])
            #expect(try await fixture.store.keeping(digest(of: "nothing"), limit: 20) == nil)
        }
    }

    @Test func `of many ways some are shown and the others counted`() async throws {
        try await Fixture.with { fixture in
            let layer = try await fixture.push("layer")
            for number in 0..<7 { try await fixture.putImage(of: layer, as: "v\(number)", number: number) }
            for tag in 0..<5 { try await fixture.putImage(of: layer, as: "w\(tag)", number: 0) }
            let keeping = try #require(try await fixture.store.keeping(layer, limit: 4))
            #expect(keeping.chains.count == 4)
            #expect(keeping.more == 8)
            #expect(!keeping.isMoreUncounted)
        }
    }

    @Test func `a way without end is not followed, and the others are`() async throws {
        try await Fixture.with { fixture in
            let layer = try await fixture.push("layer")
            let image = try await fixture.putImage(of: layer, as: "latest")
            var last = image
            // Each is about the one before it, and the first way down is from the first of them.
            for number in 1...99 { last = try await fixture.putImage(of: layer, number: number, about: last) }
            let whole = try #require(try await fixture.store.keeping(last, limit: 200))
            #expect(whole.chains.map(\.tag) == [Tag("latest")])
            #expect(whole.chains.map(\.manifests.count) == [100])
            #expect(!whole.isMoreUncounted)

            last = try await fixture.putImage(of: layer, number: 100, about: last)
            let cut = try #require(try await fixture.store.keeping(last, limit: 200))
            #expect(cut.chains == [])
            #expect(cut.isMoreUncounted)
            let some = try #require(try await fixture.store.keeping(layer, limit: 200))
            #expect(some.chains.count == 100)
            #expect(some.isMoreUncounted)
        }
    }
}
