import NIOCore
import Testing

@testable import RegistryCore

/// An old registry, and a new one's metadata.
struct Adopting {
    let old: OldRegistry
    let fixture: Fixture
    var store: any MetadataStore { fixture.store }

    static func with(root: String = "/", _ body: (Adopting) async throws -> Void) async throws {
        let old = try OldRegistry(root: root)
        try await Fixture.with { try await body(Adopting(old: old, fixture: $0)) }
    }

    func adopt(owns: Bool = false, isDryRun: Bool = false) async throws -> AdoptionReport {
        try await Adoption(
            metadata: store, storage: old, backend: "old", layout: old.layout, manifestSize: 1 << 20, owns: owns,
            isDryRun: isDryRun, now: { [clock = fixture.clock] in clock.now }
        ).run()
    }

    func name(_ text: String) throws -> RepositoryName { try #require(RepositoryName(text)) }

    func tagged(_ tag: String, in repository: String) async throws -> Digest? {
        try await store.tagged(try #require(Tag(tag)), in: name(repository))
    }

    func has(_ blob: Digest, in repository: String) async throws -> Bool {
        try await store.blob(blob, in: name(repository)) != nil
    }

    func count(onlyAdopted: Bool) async throws -> Int {
        try await store.countBlobs(on: "old", lackingOn: "elsewhere", onlyAdopted: onlyAdopted).blobs
    }
}

struct AdoptionTests {
    @Test(arguments: ["/", "var/lib/registry"])
    func `repositories, tags, manifests and blobs are taken where they are, and no blob is read`(
        _ root: String
    ) async throws {
        try await Adopting.with(root: root) { it in
            let one = it.old.pushImage("one", to: "alice/app", as: "v1", "latest")
            let two = it.old.pushImage("two", to: "alice/app")
            let index = it.old.pushManifest(
                OldRegistry.index([one.manifest, two.manifest]), to: "alice/app", as: "all")
            let outer = it.old.pushManifest(OldRegistry.index([index]), to: "alice/app", as: "outer")
            _ = it.old.pushBlob("layer of one", to: "bob")
            let report = try await it.adopt()
            #expect(report.problems == [])
            #expect(report.repositories == .init(taken: 2, known: 0))
            #expect(report.tags == .init(taken: 4, known: 0))
            #expect(report.manifests == .init(taken: 4, known: 0))
            #expect(report.taken.blobs == 4)
            #expect(report.known == BlobCount())
            #expect(report.links == 5)

            #expect(try await it.tagged("v1", in: "alice/app") == one.manifest)
            #expect(try await it.tagged("latest", in: "alice/app") == one.manifest)
            #expect(try await it.tagged("all", in: "alice/app") == index)
            #expect(try await it.tagged("outer", in: "alice/app") == outer)
            let record = try #require(try await it.store.manifest(.digest(index), in: it.name("alice/app")))
            #expect(String(buffer: record.content) == OldRegistry.index([one.manifest, two.manifest]))
            #expect(record.mediaType == Manifest.index)
            let blob = try #require(try await it.store.blob(one.layer, in: it.name("bob")))
            #expect(blob.size == 12)
            #expect(blob.locations == [BlobLocation(backend: "old", key: it.old.layout.data(of: one.layer))])
            #expect(try await !it.has(two.layer, in: "bob"))

            let manifests = [one.manifest, two.manifest, index, outer].map { it.old.layout.data(of: $0) }
            let links = ["v1", "latest", "all", "outer"].map { it.old.layout.current($0, in: "alice/app") }
            #expect(it.old.takeReads() == (manifests + links).map(\.description).sorted())
        }
    }

    @Test func `a second run changes nothing, and takes what is new`() async throws {
        try await Adopting.with { it in
            let image = it.old.pushImage("one", to: "app", as: "v1")
            _ = try await it.adopt()
            _ = it.old.takeReads()
            let second = try await it.adopt()
            #expect(second.changedNothing)
            #expect(second.repositories.known == 1)
            #expect(second.tags.known == 1)
            #expect(second.manifests.known == 1)
            #expect(second.known.blobs == 2)
            #expect(second.problems == [])
            // What is here already is not read again.
            #expect(it.old.takeReads() == [it.old.layout.current("v1", in: "app").description])

            let new = it.old.pushImage("two", to: "app", as: "v2")
            it.old.pushManifest(OldRegistry.index([image.manifest, new.manifest]), to: "app", as: "all")
            let third = try await it.adopt()
            #expect(!third.changedNothing)
            #expect(third.tags == .init(taken: 2, known: 1))
            #expect(third.manifests == .init(taken: 2, known: 1))
            #expect(third.taken.blobs == 2)
            #expect(try await it.tagged("v2", in: "app") == new.manifest)
        }
    }

    @Test func `a tag may be new for a manifest that is known`() async throws {
        try await Adopting.with { it in
            let image = it.old.pushImage("one", to: "app")
            _ = try await it.adopt()
            it.old.write("\(image.manifest)\n", to: it.old.layout.current("late", in: "app"))
            #expect(try await it.adopt().tags == .init(taken: 1, known: 0))
            #expect(try await it.tagged("late", in: "app") == image.manifest)
        }
    }

    @Test func `a dry run says what the run does, and writes nothing`() async throws {
        try await Adopting.with { it in
            let one = it.old.pushImage("one", to: "app", as: "v1")
            it.old.pushManifest(OldRegistry.index([one.manifest]), to: "app", as: "all")
            it.old.remove(it.old.layout.data(of: it.old.pushImage("two", to: "other", as: "v1").layer))
            let dry = try await it.adopt(isDryRun: true)
            #expect(try await it.store.repositories(.all, after: nil, limit: 9) == [])
            #expect(try await it.count(onlyAdopted: false) == 0)
            #expect(try await it.adopt() == dry)
            let again = try await it.adopt(isDryRun: true)
            #expect(again.changedNothing)
            #expect(again.problems == dry.problems)
        }
    }

    @Test func `an index may list blobs, as build caches do`() async throws {
        try await Adopting.with { it in
            let layer = it.old.pushBlob("a cached layer", to: "cache")
            let index = it.old.pushManifest(OldRegistry.index([layer], type: "application/x-layer"), to: "cache")
            let report = try await it.adopt()
            #expect(report.problems == [])
            #expect(try await it.store.unlinkBlob(layer, in: it.name("cache")) == .needed(by: index))
        }
    }

    @Test func `sha512 is taken as well`() async throws {
        try await Adopting.with { it in
            let blob = it.old.pushBlob("content", to: "app", .sha512)
            let report = try await it.adopt()
            #expect(report.taken == BlobCount(blobs: 1, bytes: 7))
            #expect(try await it.has(blob, in: "app"))
        }
    }

    @Test func `nothing is found where nothing is`() async throws {
        try await Adopting.with { it in
            let report = try await it.adopt()
            #expect(report.foundNothing)
            #expect(it.old.takeReads() == [])
        }
    }

    @Test func `repositories are taken in batches`() async throws {
        try await Adopting.with { it in
            for (name, tags) in [("a", 1), ("b", 1), ("c", 5), ("d", 1), ("e", 3)] {
                for tag in 0..<tags { it.old.write("-", to: it.old.layout.current("t\(tag)", in: name)) }
            }
            var inventory = DistributionInventory(it.old.layout)
            try await inventory.list(it.old) { _ in }
            let adoption = Adoption(
                metadata: it.store, storage: it.old, backend: "old", layout: it.old.layout, manifestSize: 1)
            let run = AdoptionRun(adoption: adoption, inventory: inventory)
            #expect(run.total == 11)
            #expect(run.batches(links: 4).map { $0.map(\.name.description) } == [["a", "b", "c"], ["d", "e"]])
            #expect(run.batches(links: 100).map(\.count) == [5])
        }
    }
}
