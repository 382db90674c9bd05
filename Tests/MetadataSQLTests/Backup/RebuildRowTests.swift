import RegistryCore
import Testing

@testable import MetadataSQL

struct RebuildRowTests {
    @Test func `each unknown object becomes what it can, and a second time nothing`() async throws {
        try await withStore { store in
            let app = try name("alice/app")
            try await store.push(try digest(1), to: app)
            let objects = [
                blob(try digest(2), 7),  // unknown
                blob(try digest(1), 42),  // known, elsewhere
                blob(try digest(1), 42),  // and once more
                blob(try digest(1), 43),  // what is that?
            ]
            let first = try await store.rebuild(objects, on: "s3", at: time(9))
            var expected = RebuildCounts()
            expected.blobs = BlobCount(blobs: 1, bytes: 7)
            expected.places = BlobCount(blobs: 1, bytes: 42)
            expected.spare = 1
            expected.wrongSizes = 1
            #expect(first == expected)
            #expect(try store.locations(of: try digest(2)) == [location(objects[0])])
            #expect(try store.locations(of: try digest(1)).last == location(objects[1]))
            // In no repository, and with its grace before it.
            #expect(try store.blob(try digest(2), in: app) == nil)
            #expect(try await store.touched(try digest(2)) == 9)
            #expect(try store.garbageBlobs(touchedBefore: time(10), after: nil, limit: 10).count == 2)

            let second = try await store.rebuild(Array(objects[..<2]), on: "s3", at: time(10))
            var nothing = RebuildCounts()
            nothing.spare = 2
            #expect(second == nothing)
            #expect(try await store.touched(try digest(2)) == 9)
        }
    }

    @Test func `an object takes the place of one that is damaged, which goes`() async throws {
        try await withStore { store in
            let app = try name("app")
            try await store.push(digest(1), to: app)
            let old = try some(store.locations(of: digest(1)).first)
            let objects = [blob(try digest(1), 42), blob(try digest(1), 42)]
            #expect(try await store.rebuild([objects[0]], on: "disk", at: time(5)).spare == 1)
            #expect(try await store.noteDamage("gone", of: digest(1), at: old, at: time(6)))
            let counts = try await store.rebuild([blob(try digest(1), 43)] + objects, on: "disk", at: time(7))
            var expected = RebuildCounts()
            expected.wrongSizes = 1
            expected.replaced = BlobCount(blobs: 1, bytes: 42)
            expected.spare = 1
            #expect(counts == expected)
            #expect(
                try store.locations(of: digest(1)) == [BlobLocation(backend: "disk", key: objects[0].object.key)])
            #expect(try store.removals(on: nil, limit: 9).map(\.key) == [old.key])
            #expect(try store.countDamages() == [:])
        }
    }

    private func blob(_ digest: Digest, _ size: Int64) -> RebuiltBlob {
        let key = UploadPlan(id: UploadID(), digest: digest).key
        return RebuiltBlob(digest: digest, object: StoredObject(key: key, size: size))
    }

    private func location(_ blob: RebuiltBlob) -> BlobLocation {
        BlobLocation(backend: "s3", key: blob.object.key)
    }
}
