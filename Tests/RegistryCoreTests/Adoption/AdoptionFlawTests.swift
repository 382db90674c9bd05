import MetadataSQL
import NIOCore
import TestSupport
import Testing

@testable import RegistryCore

/// Blobs that have to be read.
struct AdoptionFlawTests {
    private func problem(_ digest: Digest, in repository: String, file text: String) -> String {
        "\(repository): \(digest) is linked here and its file has \(text.utf8.count) bytes with digest "
            + "\(RegistryCoreTests.digest(of: text))"
    }

    @Test func `a truncated blob is reported and damaged, and a push heals it`() async throws {
        try await Adopting.with { it in
            let image = it.old.pushImage("one", to: "app", as: "v1")
            let whole = it.old.pushImage("two", to: "app")
            it.old.write("layer", to: it.old.layout.data(of: image.layer))
            _ = it.old.takeReads()
            let dry = try await it.adopt(isDryRun: true)
            let report = try await it.adopt()
            #expect(report == dry)
            #expect(report.problems.map(\.kind) == [.damaged])
            #expect(report.problems.map(\.description) == [problem(image.layer, in: "app", file: "layer")])
            #expect(!it.old.takeReads().contains(it.old.layout.data(of: whole.layer).description))
            let damages = try await it.store.damages(on: "old", after: nil, limit: 9)
            #expect(damages.map(\.blob.digest) == [image.layer])
            #expect(try await it.tagged("v1", in: "app") == image.manifest)

            // It is no less damaged the second time.
            let second = try await it.adopt()
            #expect(second.problems == report.problems)
            #expect(second.changedNothing)

            try await it.fixture.registry.push(body(["layer of one"]), in: it.name("app"), as: image.layer)
            let record = try #require(try await it.store.blob(image.layer, in: it.name("app")))
            #expect(record.size == 12 && !record.isDamaged)
            #expect(try await it.adopt().problems == [])
        }
    }

    @Test func `a file that was brought back is whole again with the next run`() async throws {
        try await Adopting.with { it in
            let layer = it.old.pushImage("one", to: "app", as: "v1").layer
            it.old.write("layer", to: it.old.layout.data(of: layer))
            #expect(try await it.adopt().problems.count == 1)
            it.old.write("layer of one", to: it.old.layout.data(of: layer))
            #expect(try await it.adopt().problems == [])
            let record = try #require(try await it.store.blob(layer, in: it.name("app")))
            #expect(record.size == 12 && !record.isDamaged)
            #expect(try await it.adopt().changedNothing)
        }
    }

    @Test func `a manifest that says a wrong size damages nothing`() async throws {
        try await Adopting.with { it in
            let layer = it.old.pushBlob("a layer", to: "app")
            let config = it.old.pushBlob("{}", to: "app")
            it.old.pushManifest(OldRegistry.image(config, [layer], sizes: [config: 2, layer: 99]), to: "app")
            let report = try await it.adopt()
            #expect(report.problems == [])
            #expect(try await it.store.countDamages() == [:])
        }
    }

    @Test func `a file of its name gives nobody a blob that came here otherwise`() async throws {
        try await Adopting.with { it in
            let hidden = try it.name("alice/hidden")
            #expect(try await it.fixture.store.createRepository(hidden, .private, at: it.fixture.clock.now))
            let layer = digest(of: "a secret")
            try await it.fixture.registry.push(body(["a secret"]), in: hidden, as: layer)
            it.old.write("\(layer)", to: it.old.layerLink(layer, in: "eve/app"))
            it.old.write("a zecret", to: it.old.layout.data(of: layer))
            let report = try await it.adopt()
            #expect(report.problems.map(\.description) == [problem(layer, in: "eve/app", file: "a zecret")])
            #expect(report.links == 0)
            #expect(try await !it.has(layer, in: "eve/app"))

            it.old.fail(it.old.layout.data(of: layer), .objectDamaged)
            #expect(try await it.adopt().problems.map(\.kind) == [.damaged])
            it.old.fail(it.old.layout.data(of: layer), .failed)
            #expect(try await it.adopt().problems.map(\.kind) == [.unreadable])
            #expect(try await !it.has(layer, in: "eve/app"))

            // Who has the bytes, has them.
            it.old.fail(it.old.layout.data(of: layer), nil)
            it.old.write("a secret", to: it.old.layout.data(of: layer))
            #expect(try await it.adopt().problems == [])
            #expect(try await it.has(layer, in: "eve/app"))
            _ = it.old.takeReads()
            _ = try await it.adopt()
            #expect(it.old.takeReads() == [])
        }
    }

    @Test func `a blob of the old registry is not read for another of its repositories`() async throws {
        try await Adopting.with { it in
            let layer = it.old.pushBlob("shared", to: "one")
            _ = try await it.adopt()
            it.old.write("\(layer)", to: it.old.layerLink(layer, in: "two"))
            #expect(try await it.adopt().links == 1)
            #expect(try await it.has(layer, in: "two"))
            #expect(it.old.takeReads() == [])
        }
    }

    @Test func `a manifest on a bad sector is one problem, and the rest is taken`() async throws {
        try await Adopting.with { it in
            let one = it.old.pushImage("one", to: "app", as: "v1")
            let two = it.old.pushImage("two", to: "app", as: "v2")
            it.old.fail(it.old.layout.data(of: one.manifest), .objectDamaged)
            let report = try await it.adopt()
            #expect(report.problems.map(\.reference) == ["\(one.manifest)", "tag v1"])
            #expect(try await it.tagged("v2", in: "app") == two.manifest)
        }
    }
}
