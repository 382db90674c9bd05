import NIOCore
import RegistryCore
import Testing

@testable import MetadataSQL

@Suite struct AdoptionTests {
    private func old(_ number: Int) throws -> AdoptedBlob {
        AdoptedBlob(
            digest: try digest(number), object: StoredObject(key: ObjectKey("/docker/blobs/\(number)/data"), size: 7))
    }

    private func isOwned(_ number: Int, on backend: String, _ store: SQLiteStore) throws -> Bool? {
        let wanted = try digest(number)
        return try store.blobs(on: backend, lackingOn: "elsewhere", onlyAdopted: false, after: nil, limit: 99)
            .first { $0.digest == wanted }?.isOwned
    }

    @Test func `blobs are known, and readable in the repository, where they are`() async throws {
        try await withStore { store in
            let app = try name("alice/app")
            let blobs = [try old(1), try old(2)]
            #expect(try await store.adoptBlobs(blobs, on: "old", into: app, owning: false, at: time(5)) == 2)
            let record = try #require(try store.blob(digest(1), in: app))
            #expect(record.size == 7)
            #expect(record.visibility == .public)
            #expect(record.locations == [BlobLocation(backend: "old", key: blobs[0].object.key)])
            #expect(try isOwned(1, on: "old", store) == false)
            #expect(try store.blob(digest(1), in: name("bob/app")) == nil)
            #expect(try await store.adoptBlobs(blobs, on: "old", into: app, owning: false, at: time(6)) == 0)
            #expect(try await store.count("blob_locations") == 2)
        }
    }

    @Test func `one that is stored elsewhere is used as it is`() async throws {
        try await withStore { store in
            let app = try name("app")
            try await store.push(digest(1), to: name("other"))
            #expect(try await store.adoptBlobs([old(1)], on: "old", into: app, owning: true, at: time(5)) == 0)
            let record = try #require(try store.blob(digest(1), in: app))
            #expect(record.size == 42)
            #expect(record.locations.map(\.backend) == ["disk"])
        }
    }

    @Test func `objects are ours when they are owned, then or later, and stay so`() async throws {
        try await withStore { store in
            let app = try name("app")
            _ = try await store.adoptBlobs([old(1)], on: "old", into: app, owning: true, at: time(5))
            _ = try await store.adoptBlobs([old(2), old(3)], on: "old", into: app, owning: false, at: time(5))
            #expect(try isOwned(1, on: "old", store) == true)
            #expect(try isOwned(2, on: "old", store) == false)
            _ = try await store.adoptBlobs([old(2)], on: "old", into: app, owning: true, at: time(6))
            _ = try await store.adoptBlobs([old(1)], on: "old", into: app, owning: false, at: time(6))
            #expect(try isOwned(1, on: "old", store) == true)
            #expect(try isOwned(2, on: "old", store) == true)
            #expect(try isOwned(3, on: "old", store) == false)
        }
    }

    @Test func `a repository is made once, and keeps what it is`() async throws {
        try await withStore { store in
            let (app, mine) = (try name("app"), try name("alice/mine"))
            #expect(try await store.createRepository(mine, .private, at: time(1)))
            try await store.adoptRepository(app, at: time(2))
            try await store.adoptRepository(mine, at: time(2))
            try await store.adoptRepository(app, at: time(3))
            #expect(try store.repository(app)?.visibility == .public)
            #expect(try store.repository(app)?.created == time(2))
            #expect(try store.repository(mine)?.visibility == .private)
            #expect(try await store.count("repositories") == 2)
        }
    }

    @Test func `a tag says what it points at`() async throws {
        try await withStore { store in
            let app = try name("app")
            try await store.put(manifest(1), "v1", in: app)
            try await store.put(manifest(2), "v1", "v2", in: app)
            try await store.put(manifest(3), "v2", in: name("other"))
            #expect(try store.tagged(tag("v1"), in: app) == digest(2))
            #expect(try store.tagged(tag("v2"), in: name("other")) == digest(3))
            #expect(try store.tagged(tag("v3"), in: app) == nil)
            #expect(try store.tagged(tag("v1"), in: name("unknown")) == nil)
        }
    }
}
