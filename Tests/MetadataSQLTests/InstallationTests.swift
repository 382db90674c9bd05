import NIOCore
import RegistryCore
import Testing

@testable import MetadataSQL

@Suite struct InstallationTests {
    @Test func `the id that is written down first is the one that counts`() async throws {
        try await withStore { store in
            #expect(try store.installation(of: "disk") == nil)
            let id = try await store.expectInstallation(of: "disk", orElse: "A")
            #expect(id == "A")
            #expect(try await store.expectInstallation(of: "disk", orElse: "B") == "A")
            #expect(try await store.expectInstallation(of: "other", orElse: "B") == "B")
            #expect(try store.installation(of: "disk") == BackendInstallation(id: "A"))
            #expect(try store.backend(ofInstallation: "B") == "other")
            #expect(try store.backend(ofInstallation: "C") == nil)
        }
    }

    @Test func `a storage is one backend's, and a backend one storage`() async throws {
        try await withStore { store in
            for (id, backend) in [("A", "disk"), ("A", "disk"), ("B", "disk"), ("C", "other")] {
                try await store.setInstallation(id, of: backend)
            }
            #expect(try store.backend(ofInstallation: "A") == nil)
            #expect(try store.backend(ofInstallation: "B") == "disk")
            try await store.setInstallation("B", of: "other")
            #expect(try store.installation(of: "disk") == nil)
            #expect(try store.installation(of: "other")?.id == "B")
        }
    }

    @Test func `another storage in its place was never listed, and nothing was seen there`() async throws {
        try await withStore { store in
            try await store.setInstallation("A", of: "disk")
            try await store.setInstallation("O", of: "other")
            for backend in ["disk", "other"] {
                let key = UploadPlan(id: UploadID(), digest: try digest(1)).key
                _ = try await store.noteOrphans([key], on: backend, at: time(5), seenBefore: time(1), due: time(9))
                try await store.noteOrphansListed(on: backend, at: time(6), seenBefore: time(1))
            }
            try await store.setInstallation("A", of: "disk")
            #expect(try store.installation(of: "disk") == BackendInstallation(id: "A", orphansListed: time(6)))
            #expect(try await store.count("orphans") == 2)
            try await store.setInstallation("B", of: "disk")
            #expect(try store.installation(of: "disk") == BackendInstallation(id: "B"))
            #expect(try await store.count("orphans") == 1)
        }
    }

    @Test func `orphans that are not there any more are forgotten when everything was looked at`() async throws {
        try await withStore { store in
            try await store.setInstallation("A", of: "disk")
            let keys = try (1...2).map { UploadPlan(id: UploadID(), digest: try digest($0)).key }
            _ = try await store.noteOrphans([keys[0]], on: "disk", at: time(5), seenBefore: time(1), due: time(9))
            _ = try await store.noteOrphans([keys[1]], on: "disk", at: time(6), seenBefore: time(1), due: time(9))
            try await store.noteOrphansListed(on: "disk", at: time(7), seenBefore: time(5))
            #expect(try await store.count("orphans") == 2)
            try await store.noteOrphansListed(on: "disk", at: time(8), seenBefore: time(6))
            #expect(try await store.count("orphans") == 1)
            // What is known of no storage has no time either.
            try await store.noteOrphansListed(on: "other", at: time(8), seenBefore: time(6))
            #expect(try store.installation(of: "other") == nil)
        }
    }

    @Test func `a backend has blobs when one is there`() async throws {
        try await withStore { store in
            #expect(try !store.hasBlobs(on: "disk"))
            try await store.push(digest(1), to: name("app"))
            #expect(try store.hasBlobs(on: "disk"))
            #expect(try !store.hasBlobs(on: "other"))
            let location = try some(store.blob(digest(1), in: name("app"))?.locations.first)
            #expect(try store.someObjects(on: "disk", limit: 9).map(\.key) == [location.key])
            #expect(try store.someObjects(on: "other", limit: 9) == [])
            _ = try await store.noteDamage("gone", of: digest(1), at: location, at: time(1))
            #expect(try store.hasBlobs(on: "disk"))
            #expect(try store.someObjects(on: "disk", limit: 9) == [])
        }
    }

    @Test func `what an older release wrote says nothing of storages`() async throws {
        try await withFolder { folder in
            let old = try openStore(in: folder)
            try await old.push(digest(1), to: name("app"))
            try await old.write("going back") { db in
                try db.run("DROP TABLE installations")
                try db.run("DELETE FROM grdb_migrations WHERE identifier = 'v8'")
            }
            try await old.close()
            let new = try openStore(in: folder)
            #expect(try new.installation(of: "disk") == nil)
            #expect(try new.hasBlobs(on: "disk"))
            try await new.close()
        }
    }
}
