import NIOCore
import RegistryCore
import Testing

@testable import MetadataSQL

@Suite struct GarbageOrphanTests {
    private func note(
        _ keys: [ObjectKey], in store: SQLiteStore, at now: Int64, seenBefore limit: Int64
    ) async throws -> Int {
        try await store.noteOrphans(
            keys, on: "disk", at: time(now), seenBefore: time(limit), due: time(now + 5))
    }

    @Test func `an object is somebody's when any row speaks of it`() async throws {
        try await withStore { store in
            let app = try name("app")
            try await store.push(digest(1), to: app)
            let blob = try some(store.blob(digest(1), in: app)?.locations.first?.key)
            try await store.push(digest(2), to: app)
            let removed = try some(store.blob(digest(2), in: app)?.locations.first?.key)
            try await store.putImage(9, of: [1], in: app)
            #expect(try await store.collect() == [digest(2)])
            let session = session(app)
            try await store.createUpload(session)
            let copy = BlobCopy(id: UploadID(), backend: "disk", digest: try digest(1), touched: time(1))
            try await store.beginCopy(copy)
            let known = [
                blob, removed, UploadPlan(id: session.id, digest: try digest(3)).key, UploadPlan(id: session.id).key,
                UploadPlan(id: copy.id, digest: copy.digest).key,
            ]
            let unknown = [
                UploadPlan(id: UploadID(), digest: try digest(1)).key, UploadPlan(id: UploadID()).key,
            ]
            let page = (known + unknown).sorted()
            #expect(try store.unknownObjects(among: page, on: "disk") == page.filter(unknown.contains))
            // Another backend's rows say nothing of this one's objects.
            #expect(try store.unknownObjects(among: [blob], on: "other") == [blob])
            #expect(try store.unknownObjects(among: [], on: "disk") == [])
            #expect(try await note(known, in: store, at: 10, seenBefore: 100) == 0)
            #expect(try await note(known, in: store, at: 20, seenBefore: 100) == 0)
            #expect(try await store.count("orphans") == 0)
        }
    }

    @Test func `an object that nobody knows goes when it was first seen long enough ago`() async throws {
        try await withStore { store in
            let key = UploadPlan(id: UploadID(), digest: try digest(1)).key
            #expect(try await note([key], in: store, at: 100, seenBefore: 50) == 0)
            let other = UploadPlan(id: UploadID(), digest: try digest(1)).key
            #expect(try store.notedOrphans(among: [key, other].sorted(), on: "disk") == [key: time(100)])
            #expect(try store.notedOrphans(among: [other], on: "disk") == [:])
            #expect(try store.notedOrphans(among: [key], on: "other") == [:])
            #expect(try await note([key], in: store, at: 200, seenBefore: 100) == 0)
            #expect(try await note([key], in: store, at: 300, seenBefore: 101) == 1)
            #expect(try store.removals(on: nil, limit: 9) == [Removal(backend: "disk", key: key, due: time(305))])
            #expect(try await store.count("orphans") == 0)
            // On its way out it is known.
            #expect(try store.unknownObjects(among: [key], on: "disk") == [])
            #expect(try await note([key], in: store, at: 400, seenBefore: 300) == 0)
        }
    }

    @Test func `an object that turns out to be a blob's stays`() async throws {
        try await withStore { store in
            let session = session(try name("app"))
            let key = UploadPlan(id: session.id, digest: try digest(1)).key
            #expect(try await note([key], in: store, at: 100, seenBefore: 50) == 0)
            try await store.createUpload(session)
            _ = try await store.commitBlob(
                digest(1), at: StoredObject(key: key, size: 1), on: "disk", closing: session, at: time(150))
            #expect(try await note([key], in: store, at: 300, seenBefore: 200) == 0)
            #expect(try store.removals(on: nil, limit: 9) == [])
            #expect(try await store.count("orphans") == 0)
        }
    }
}
