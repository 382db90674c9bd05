import RegistryCore
import Testing

@testable import MetadataSQL

struct CopyTests {
    private func begin(_ number: Int, to backend: String = "minio", in store: SQLiteStore) async throws
        -> (copy: BlobCopy, object: StoredObject)
    {
        let copy = BlobCopy(id: UploadID(), backend: backend, digest: try digest(number), touched: time(5))
        try await store.beginCopy(copy)
        return (copy, StoredObject(key: UploadPlan(id: copy.id, digest: copy.digest).key, size: 42))
    }

    @Test func `a copy makes its object one of the blob's, and ends`() async throws {
        try await withStore { store in
            try await store.place(1, "disk")
            let (copy, object) = try await begin(1, in: store)
            #expect(try store.hasCopy(copy.id))
            #expect(try await store.commitCopy(copy, at: object) == .stored)
            #expect(try store.locations(1) == ["disk", "minio"])
            #expect(try store.hasObject(object.key, on: "minio"))
            #expect(try !store.hasCopy(copy.id))
            #expect(try await store.commitCopy(copy, at: object) == .gone)
        }
    }

    @Test func `of two copies the second is nobody's`() async throws {
        try await withStore { store in
            try await store.place(1, "disk")
            let (one, two) = (try await begin(1, in: store), try await begin(1, in: store))
            #expect(try await store.commitCopy(one.copy, at: one.object) == .stored)
            #expect(try await store.commitCopy(two.copy, at: two.object) == .existed)
            #expect(try store.hasObject(one.object.key, on: "minio"))
            #expect(try !store.hasObject(two.object.key, on: "minio"))
            #expect(try !store.hasCopy(two.copy.id))
        }
    }

    @Test func `a copy of a blob that is gone, or of another size, is nobody's`() async throws {
        try await withStore { store in
            let (copy, object) = try await begin(1, in: store)
            #expect(try await store.commitCopy(copy, at: object) == .gone)
            #expect(try !store.hasCopy(copy.id))

            try await store.place(2, "disk")
            var other = try await begin(2, in: store)
            other.object.size = 41
            #expect(try await store.commitCopy(other.copy, at: other.object) == .gone)
            #expect(try store.locations(2) == ["disk"])
        }
    }

    @Test func `a copy that was ended, or taken over, changes nothing`() async throws {
        try await withStore { store in
            try await store.place(1, "disk")
            let ended = try await begin(1, in: store)
            try await store.endCopy(ended.copy.id)
            try await store.endCopy(ended.copy.id)
            #expect(try await store.commitCopy(ended.copy, at: ended.object) == .gone)
            #expect(try await !store.touchCopy(ended.copy.id, at: time(9)))

            let taken = try await begin(1, in: store)
            #expect(try await store.takeOverCopy(taken.copy))
            #expect(try await !store.touchCopy(taken.copy.id, at: time(9)))
            #expect(try await store.commitCopy(taken.copy, at: taken.object) == .gone)
            #expect(try store.locations(1) == ["disk"])
            // What is nobody's is to go.
            let keys = try store.removals(on: nil, limit: 9).map(\.key)
            #expect(Set(keys) == [ended.object.key, taken.object.key])
        }
    }

    @Test func `a copy that is at work is not idle`() async throws {
        try await withStore { store in
            let (old, young) = (try await begin(1, in: store), try await begin(2, in: store))
            #expect(try store.idleCopies(since: time(5), limit: 9) == [])
            #expect(Set(try store.idleCopies(since: time(6), limit: 9)) == [old.copy, young.copy])
            #expect(try store.idleCopies(since: time(6), limit: 1).count == 1)
            #expect(try await store.touchCopy(young.copy.id, at: time(8)))
            #expect(try store.idleCopies(since: time(8), limit: 9) == [old.copy])
            // Who saw it idle has to look again.
            #expect(try await !store.takeOverCopy(young.copy))
            #expect(try await store.takeOverCopy(old.copy))
        }
    }
}
