import RegistryCore
import Testing

@testable import MetadataSQL

/// Where blobs are, and taking that from them.
struct LocationTests {
    @Test func `what a backend lacks comes in the order of the digests, page by page`() async throws {
        try await withStore { store in
            let keys = try await [store.place(3, "disk"), store.place(1, "disk"), store.place(2, "disk", "minio")]
            let adopted = try await store.adopt(4, on: "disk")
            try await store.place(5, "minio")

            let all = try store.blobs(on: "disk", lackingOn: "minio", onlyAdopted: false, after: nil, limit: 9)
            #expect(
                all == [
                    BlobOnBackend(digest: try digest(1), size: 42, key: keys[1][0], isOwned: true),
                    BlobOnBackend(digest: try digest(3), size: 42, key: keys[0][0], isOwned: true),
                    BlobOnBackend(digest: try digest(4), size: 42, key: adopted, isOwned: false),
                ])
            #expect(
                try store.blobs(on: "disk", lackingOn: "minio", onlyAdopted: false, after: digest(1), limit: 1)
                    .map(\.digest) == [digest(3)])
            #expect(
                try store.blobs(on: "disk", lackingOn: "minio", onlyAdopted: true, after: nil, limit: 9) == [all[2]])
            #expect(
                try store.blobs(on: "minio", lackingOn: "disk", onlyAdopted: false, after: nil, limit: 9)
                    .map(\.digest) == [digest(5)])
        }
    }

    @Test func `what there is to copy is counted`() async throws {
        try await withStore { store in
            #expect(try store.countBlobs(on: "disk", lackingOn: "minio", onlyAdopted: false) == BlobCount())
            try await store.place(1, "disk", size: 1000)
            try await store.place(2, "disk", size: 5 << 30)
            try await store.place(3, "disk", "minio")
            try await store.adopt(4, on: "disk", size: 7)
            #expect(
                try store.countBlobs(on: "disk", lackingOn: "minio", onlyAdopted: false)
                    == BlobCount(blobs: 3, bytes: 1007 + 5 << 30))
            #expect(
                try store.countBlobs(on: "disk", lackingOn: "minio", onlyAdopted: true) == BlobCount(blobs: 1, bytes: 7)
            )
            #expect(try store.countBlobs(on: "minio", lackingOn: "disk", onlyAdopted: false) == BlobCount())
        }
    }

    @Test func `what both have comes with where it is on each`() async throws {
        try await withStore { store in
            let (one, two) = (try await store.place(1, "disk", "minio"), try await store.place(2, "minio", "disk"))
            try await store.place(3, "disk")
            let found = try store.blobs(onBoth: "disk", and: "minio", onlyAdopted: false, after: nil, limit: 9)
            #expect(found.map(\.source.digest) == [try digest(1), try digest(2)])
            #expect(found.map(\.source.key) == [one[0], two[1]])
            #expect(found.map(\.target) == [one[1], two[0]])
            #expect(
                try store.blobs(onBoth: "disk", and: "minio", onlyAdopted: false, after: digest(1), limit: 9).count == 1
            )
            #expect(try store.blobs(onBoth: "disk", and: "minio", onlyAdopted: true, after: nil, limit: 9).isEmpty)
        }
    }

    @Test func `a blob is taken from one backend while another has it`() async throws {
        try await withStore { store in
            let keys = try await store.place(1, "disk", "minio")
            let blob = BlobOnBackend(digest: try digest(1), size: 42, key: keys[0], isOwned: true)
            // Not what is not where it was thought to be, nor where nobody else has it.
            var moved = blob
            moved.key = keys[1]
            #expect(try await !store.forgetLocation(of: moved, on: "disk", keeping: "minio", due: time(5)))
            #expect(try await !store.forgetLocation(of: blob, on: "disk", keeping: "other", due: time(5)))
            #expect(try store.locations(1) == ["disk", "minio"])
            #expect(try store.removals(on: nil, limit: 9) == [])

            #expect(try await store.forgetLocation(of: blob, on: "disk", keeping: "minio", due: time(5)))
            #expect(try store.locations(1) == ["minio"])
            #expect(try store.removals(on: nil, limit: 9) == [Removal(backend: "disk", key: keys[0], due: time(5))])
            // Nor the last.
            let last = BlobOnBackend(digest: try digest(1), size: 42, key: keys[1], isOwned: true)
            #expect(try await !store.forgetLocation(of: last, on: "minio", keeping: "disk", due: time(5)))
            #expect(try await !store.forgetLocation(of: blob, on: "disk", keeping: "minio", due: time(5)))
            #expect(try store.locations(1) == ["minio"])
        }
    }

    @Test func `somebody else's bytes stay when their location goes`() async throws {
        try await withStore { store in
            let key = try await store.adopt(1, on: "old")
            let copy = BlobCopy(id: UploadID(), backend: "disk", digest: try digest(1), touched: time(1))
            try await store.beginCopy(copy)
            let object = StoredObject(key: UploadPlan(id: copy.id, digest: copy.digest).key, size: 42)
            #expect(try await store.commitCopy(copy, at: object) == .stored)
            let found = try store.blobs(onBoth: "old", and: "disk", onlyAdopted: true, after: nil, limit: 9)
            #expect(found.map(\.source.key) == [key])
            #expect(try await store.forgetLocation(of: found[0].source, on: "old", keeping: "disk", due: time(1)))
            #expect(try store.locations(1) == ["disk"])
            #expect(try store.removals(on: nil, limit: 9) == [])
        }
    }

    @Test func `what only an unknown backend has is counted`() async throws {
        try await withStore { store in
            #expect(try await store.blobsNeeding(backendsOtherThan: ["disk"]) == [:])
            try await store.place(1, "disk")
            try await store.place(2, "disk", "minio")
            try await store.place(3, "minio")
            try await store.place(4, "attic")
            try await store.place(5, "attic", "minio")
            #expect(try await store.blobsNeeding(backendsOtherThan: ["disk", "minio", "attic"]) == [:])
            #expect(try await store.blobsNeeding(backendsOtherThan: ["disk"]) == ["attic": 2, "minio": 2])
            #expect(try await store.blobsNeeding(backendsOtherThan: ["minio"]) == ["attic": 1, "disk": 1])
            #expect(try await store.blobsNeeding(backendsOtherThan: ["disk", "attic", "x"]) == ["minio": 1])
            #expect(try await store.blobsNeeding(backendsOtherThan: []).values.reduce(0, +) == 7)
        }
    }
}
