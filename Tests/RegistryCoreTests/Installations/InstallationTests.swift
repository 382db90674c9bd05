import MetadataSQL
import NIOCore
import TestSupport
import Testing

@testable import RegistryCore

/// Which storages are this database's.
@Suite struct InstallationTests {
    private func check(_ name: String, _ storages: [String: String?], _ store: SQLiteStore) async throws {
        try await store.checkInstallation(of: name, in: storages.mapValues { MarkedStorage($0) })
    }

    private func refusal(_ name: String, _ storages: [String: String?], _ store: SQLiteStore) async -> ForeignStorage? {
        await #expect(throws: ForeignStorage.self) { try await check(name, storages, store) }
    }

    /// Gives a backend a blob.
    private func pushBlob(
        _ fixture: Fixture, to backend: String, on storage: MarkedStorage = MarkedStorage(nil)
    ) async throws {
        let registry = fixture.registry([backend: storage], active: backend)
        try await registry.push(body(["blob on \(backend)"]), in: fixture.app, as: digest(of: "blob on \(backend)"))
    }

    @Test func `a storage is made with an id that is written down before, whatever crashes come`() async throws {
        try await Fixture.with { fixture in
            let store = fixture.store
            let id = try #require(try await store.installationToMake(of: "disk"))
            // Before it was made, or after.
            #expect(try await store.installationToMake(of: "disk") == id)
            #expect(try await store.installationToMake(of: "other") != id)
            try await check("disk", ["disk": id], store)
            try await pushBlob(fixture, to: "disk")
            try await check("disk", ["disk": id], store)
            // An empty mount point is not to become another one.
            #expect(try await store.installationToMake(of: "disk") == nil)
        }
    }

    @Test func `one that somebody else has made is refused, with what to do`() async throws {
        try await Fixture.with { fixture in
            _ = try await fixture.store.installationToMake(of: "disk")
            let refusal = try #require(await refusal("disk", ["disk": "B"], fixture.store))
            #expect(refusal.kind == .unknown)
            for words in [
                "backend “disk” is another installation's: the mark of B says B", "restore disk",
                "rebuild --backend disk",
            ] {
                #expect(refusal.description.contains(words), "\(refusal)")
            }
            // Whoever says which one it is says so for good.
            try await fixture.store.setInstallation("B", of: "disk")
            try await check("disk", ["disk": "B"], fixture.store)
        }
    }

    @Test func `one in the place of that where blobs are is refused`() async throws {
        try await Fixture.with { fixture in
            let id = try #require(try await fixture.store.installationToMake(of: "disk"))
            try await pushBlob(fixture, to: "disk")
            let refusal = try #require(await refusal("disk", ["disk": "B"], fixture.store))
            #expect(refusal.kind == .another(than: id))
            #expect(refusal.description.contains("says installation B, it was \(id)"), "\(refusal)")
            try await check("disk", ["disk": id], fixture.store)
        }
    }

    @Test func `one that does not say which it is passes`() async throws {
        try await Fixture.with { fixture in
            try await pushBlob(fixture, to: "disk")
            try await check("disk", ["disk": nil], fixture.store)
            #expect(try fixture.store.installation(of: "disk") == nil)
        }
    }

    @Test func `what an older release had is taken as it is found, if a blob of it is there`() async throws {
        try await Fixture.with { fixture in
            let store = fixture.store
            let full = MarkedStorage("full's id")
            try await pushBlob(fixture, to: "full", on: full)
            try await store.setServedBackends(["empty", "full"])
            try await check("empty", ["empty": "empty's id"], store)
            #expect(try store.installation(of: "empty")?.id == "empty's id")

            // What is mounted in its place, with blobs of somebody else's.
            let foreign = MarkedStorage("B")
            try await foreign.leave("another's")
            let refusal = await #expect(throws: ForeignStorage.self) {
                try await store.checkInstallation(of: "full", in: ["full": foreign])
            }
            #expect(refusal?.kind == .unknown)
            #expect(try store.installation(of: "full") == nil)
            try await store.checkInstallation(of: "full", in: ["full": full])
            #expect(try store.installation(of: "full")?.id == "full's id")
            #expect(try store.restored() == nil)
        }
    }

    @Test func `what is left where an older release had no blobs passes, and stays if it may be another's`()
        async throws
    {
        try await Fixture.with { fixture in
            let store = fixture.store
            try await store.setServedBackends(["disk", "other"])
            #expect(try await store.installationToMake(of: "disk") != nil)
            #expect(try store.installation(of: "disk") == nil)
            let ours = MarkedStorage("A")
            try await ours.leave("a snapshot", as: ObjectKey("backups/20261123T093000Z.\(UploadID())"))
            try await store.checkInstallation(of: "disk", in: ["disk": ours])
            #expect(try store.restored() == nil)

            let unsure = MarkedStorage("B")
            try await unsure.leave("an orphan, or another's")
            try await store.checkInstallation(of: "other", in: ["other": unsure])
            #expect(try store.installation(of: "other")?.id == "B")
            #expect(try store.restored() != nil)
        }
    }

    @Test func `a backend that nothing is on may get another name`() async throws {
        try await Fixture.with { fixture in
            let store = fixture.store
            let id = try #require(try await store.installationToMake(of: "disk"))
            _ = try await store.installationToMake(of: "files")
            try await check("files", ["files": id], store)
            #expect(try store.backend(ofInstallation: id) == "files")
            #expect(try store.installation(of: "disk") == nil)

            try await pushBlob(fixture, to: "files")
            _ = try await store.installationToMake(of: "third")
            #expect(await refusal("third", ["third": id], store)?.kind == .unknown)
        }
    }

    @Test func `two backends are not one storage`() async throws {
        try await Fixture.with { fixture in
            let id = try #require(try await fixture.store.installationToMake(of: "a"))
            _ = try await fixture.store.installationToMake(of: "b")
            let refusal = await refusal("b", ["a": id, "b": id], fixture.store)
            #expect(refusal?.kind == .twice(backend: "a"))
            #expect(refusal?.description.contains("backends “b” and “a” are one storage") == true)
        }
    }

    @Test func `one that is reached later is not what the database has for another backend`() async throws {
        try await Fixture.with { fixture in
            let id = try #require(try await fixture.store.installationToMake(of: "a"))
            _ = try await fixture.store.installationToMake(of: "b")
            let refusal = await #expect(throws: ForeignStorage.self) {
                try await fixture.store.admit(MarkedStorage(id), as: "b", beside: ["a", "b"])
            }
            #expect(refusal?.kind == .twice(backend: "a"))
            try await fixture.store.admit(MarkedStorage(id), as: "a", beside: ["a", "b"])
            #expect(try fixture.store.backend(ofInstallation: id) == "a")
        }
    }
}
