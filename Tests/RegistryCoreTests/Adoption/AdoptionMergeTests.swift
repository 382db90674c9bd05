import MetadataSQL
import NIOCore
import TestSupport
import Testing

@testable import RegistryCore

/// What is here already, and whose the files are.
struct AdoptionMergeTests {
    @Test func `a tag that points elsewhere here stays, and is reported`() async throws {
        try await Adopting.with { it in
            it.old.pushImage("one", to: "alice/app", as: "v1", "v2")
            let before = it.old.pushImage("before", to: "alice/app")
            _ = try await it.adopt()
            let v1 = try await it.tagged("v1", in: "alice/app")
            it.old.write("\(before.manifest)", to: it.old.layout.current("v1", in: "alice/app"))
            let report = try await it.adopt()
            #expect(report.changedNothing)
            #expect(report.tags == .init(taken: 0, known: 1))
            #expect(report.problems.map(\.kind) == [.kept])
            #expect(report.problems.map(\.reference) == ["tag v1"])
            #expect(try await it.tagged("v1", in: "alice/app") == v1)
        }
    }

    @Test func `a repository that is here is merged, and stays private`() async throws {
        try await Adopting.with { it in
            let name = try it.name("alice/app")
            #expect(try await it.fixture.store.createRepository(name, .private, at: it.fixture.clock.now))
            it.old.pushImage("one", to: "alice/app", as: "v1")
            it.old.pushImage("two", to: "bob/app", as: "v1")
            let report = try await it.adopt()
            #expect(report.repositories == .init(taken: 1, known: 1))
            #expect(try await it.store.manifest(.tag(#require(Tag("v1"))), in: name)?.visibility == .private)
            #expect(try it.fixture.store.repository(it.name("bob/app"))?.visibility == .public)
        }
    }

    @Test func `a blob that is stored already stays where it is`() async throws {
        try await Adopting.with { it in
            let layer = digest(of: "layer of one")
            try await it.fixture.registry.push(body(["layer of one"]), in: it.fixture.app, as: layer)
            it.old.pushImage("one", to: "bob/app", as: "v1")
            let report = try await it.adopt()
            #expect(report.taken.blobs == 1)
            #expect(report.known == BlobCount(blobs: 1, bytes: 12))
            let blob = try #require(try await it.store.blob(layer, in: it.name("bob/app")))
            #expect(blob.locations.map(\.backend) == ["memory"])
        }
    }

    @Test func `what the old registry has lost is no problem where it is here from elsewhere`() async throws {
        try await Adopting.with { it in
            let layer = it.old.pushImage("one", to: "alice/app", as: "v1").layer
            it.old.remove(it.old.layout.data(of: layer))
            try await it.fixture.registry.push(body(["layer of one"]), in: it.fixture.app, as: layer)
            #expect(try await it.adopt().problems == [])
            // In its own file only, it is.
            let config = digest(of: "{\"config\":\"one\"}")
            it.old.remove(it.old.layout.data(of: config))
            #expect(try await it.adopt().problems.map(\.reference) == ["\(config)"])
        }
    }

    @Test func `the files are the old registry's, until they are owned`() async throws {
        try await Adopting.with { it in
            it.old.pushImage("one", to: "app", as: "v1")
            _ = try await it.adopt()
            #expect(try await it.count(onlyAdopted: true) == 2)
            let dry = try await it.adopt(owns: true, isDryRun: true)
            #expect(dry.changedNothing)
            #expect(try await it.count(onlyAdopted: true) == 2)
            let owning = try await it.adopt(owns: true)
            #expect(owning.changedNothing)
            #expect(try await it.count(onlyAdopted: true) == 0)
            #expect(try await it.count(onlyAdopted: false) == 2)
            // Without it nothing is given back.
            _ = try await it.adopt()
            #expect(try await it.count(onlyAdopted: true) == 0)
        }
    }
}
