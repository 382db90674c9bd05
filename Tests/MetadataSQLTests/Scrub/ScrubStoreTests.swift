import RegistryCore
import Testing

@testable import MetadataSQL

/// What is known to be damaged, and what that changes.
struct ScrubStoreTests {
    private func location(_ backend: String, _ key: ObjectKey) -> BlobLocation {
        BlobLocation(backend: backend, key: key)
    }

    /// Places a blob, and damages what is on the first of the backends: its keys.
    @discardableResult
    private func damage(_ number: Int, _ backends: [String], in store: SQLiteStore) async throws -> [ObjectKey] {
        let keys =
            backends.count == 2
            ? try await store.place(number, backends[0], backends[1]) : try await store.place(number, backends[0])
        #expect(
            try await store.noteDamage("gone", of: digest(number), at: location(backends[0], keys[0]), at: time(9)))
        return keys
    }

    @Test func `a backend's blobs come in the order of their digests, page by page`() async throws {
        try await withStore { store in
            try await store.place(3, "disk")
            try await store.place(1, "minio", "disk")
            try await store.place(2, "minio")
            try await damage(4, ["disk"], in: store)
            #expect(try store.countBlobs(on: "disk") == BlobCount(blobs: 3, bytes: 3 * 42))
            let all = try store.blobs(on: "disk", after: nil, limit: 9)
            #expect(all.map(\.blob.digest) == [try digest(1), try digest(3), try digest(4)])
            #expect(all.map(\.isDamaged) == [false, false, true])
            let next = try store.blobs(on: "disk", after: digest(1), limit: 1)
            #expect(next.map(\.blob.digest) == [try digest(3)])
            #expect(try store.blobs(on: "attic", after: nil, limit: 9).isEmpty)
        }
    }

    @Test func `damage is noted of an object that is the blob's, and forgotten`() async throws {
        try await withStore { store in
            #expect(try store.countDamages() == [:])
            let keys = try await store.place(1, "disk", "minio")
            #expect(try await !store.noteDamage("x", of: digest(1), at: location("disk", keys[1]), at: time(5)))
            #expect(try await !store.noteDamage("x", of: digest(2), at: location("disk", keys[0]), at: time(5)))
            #expect(try store.countDamages() == [:])

            #expect(try await store.noteDamage("gone", of: digest(1), at: location("disk", keys[0]), at: time(5)))
            // It keeps the time, and says what was found last.
            #expect(try await store.noteDamage("cut", of: digest(1), at: location("disk", keys[0]), at: time(6)))
            #expect(try store.countDamages() == ["disk": 1])
            let blob = BlobOnBackend(digest: try digest(1), size: 42, key: keys[0], isOwned: true)
            let damage = BlobDamage(blob: blob, backend: "disk", reason: "cut", since: time(5))
            #expect(try store.damages(on: "disk", after: nil, limit: 9) == [damage])
            #expect(try store.damages(on: "disk", after: digest(1), limit: 9) == [])
            #expect(try store.damages(on: "minio", after: nil, limit: 9) == [])
            #expect(try store.locations(of: digest(1)).map(\.isDamaged) == [true, false])
            #expect(try store.blob(digest(1), in: name("alice/app"))?.locations.map(\.isDamaged) == [true, false])

            #expect(try await store.forgetDamage(of: digest(1), at: location("disk", keys[0])))
            #expect(try await !store.forgetDamage(of: digest(1), at: location("disk", keys[0])))
            #expect(try store.countDamages() == [:])
        }
    }

    @Test func `a blob that is damaged everywhere is not stored, and a push takes its place`() async throws {
        try await withStore { store in
            let old = try await damage(1, ["disk"], in: store)[0]
            let app = try name("alice/app")
            #expect(try !store.hasBlob(digest(1)))
            #expect(try await store.mountBlob(digest(1), from: app, into: name("bob/app"), at: time(10)) == nil)
            // It stays the repository's, whose images need it.
            #expect(try store.blob(digest(1), in: app)?.isDamaged == true)

            let session = session(app)
            try await store.createUpload(session)
            let missing = try await store.commitBlob(digest(1), at: nil, on: "disk", closing: session, at: time(10))
            #expect(missing == .missing)
            #expect(try await store.push(digest(1), to: app, at: 10) == .stored)
            #expect(try store.hasBlob(digest(1)))
            #expect(try store.countDamages() == [:])
            #expect(try !store.hasObject(old, on: "disk"))
            #expect(try store.removals(on: nil, limit: 9) == [Removal(backend: "disk", key: old, due: time(10))])
            #expect(try await store.push(digest(1), to: app, at: 11) == .existed)
        }
    }

    @Test func `a push to another backend leaves the damaged one as it is`() async throws {
        try await withStore { store in
            try await damage(1, ["minio"], in: store)
            #expect(try await store.push(digest(1), to: name("alice/app"), at: 10) == .stored)
            #expect(try store.locations(of: digest(1)).map(\.isDamaged) == [false, true])
            #expect(try store.countDamages() == ["minio": 1])
            #expect(try store.removals(on: nil, limit: 9) == [])
        }
    }

    @Test func `a blob with one good copy is stored`() async throws {
        try await withStore { store in
            try await damage(1, ["disk", "minio"], in: store)
            #expect(try store.hasBlob(digest(1)))
            #expect(try await store.push(digest(1), to: name("alice/app"), at: 10) == .existed)
            #expect(try store.blob(digest(1), in: name("alice/app"))?.isDamaged == false)
        }
    }

    @Test func `a copy takes the place of a damaged object, and of no other`() async throws {
        try await withStore { store in
            let keys = try await damage(1, ["disk", "minio"], in: store)
            let copy = BlobCopy(id: UploadID(), backend: "disk", digest: try digest(1), touched: time(7))
            let object = StoredObject(key: UploadPlan(id: copy.id, digest: copy.digest).key, size: 42)
            try await store.beginCopy(copy)
            #expect(try await store.commitCopy(copy, at: object) == .stored)
            #expect(try store.hasObject(object.key, on: "disk"))
            #expect(try store.countDamages() == [:])
            #expect(try store.removals(on: nil, limit: 9) == [Removal(backend: "disk", key: keys[0], due: time(7))])
            try await store.beginCopy(copy)
            let other = StoredObject(key: UploadPlan(id: UploadID(), digest: copy.digest).key, size: 42)
            #expect(try await store.commitCopy(copy, at: other) == .existed)
        }
    }

    @Test func `of somebody else's damaged object only the location goes`() async throws {
        try await withStore { store in
            let key = try await store.adopt(1, on: "disk")
            #expect(try await store.noteDamage("gone", of: digest(1), at: location("disk", key), at: time(9)))
            // Found there once more, it is no other.
            try await store.adopt(1, on: "disk")
            #expect(try store.countDamages() == ["disk": 1])
            #expect(try await store.push(digest(1), to: name("alice/app"), at: 10) == .stored)
            #expect(try store.countDamages() == [:])
            #expect(try !store.hasObject(key, on: "disk"))
            #expect(try store.removals(on: nil, limit: 9) == [])
            let mine = try store.blobs(on: "disk", after: nil, limit: 9)
            #expect(mine.map(\.blob.isOwned) == [true])
        }
    }

    @Test func `a damaged object is nowhere taken for a copy`() async throws {
        try await withStore { store in
            let keys = try await damage(1, ["minio", "disk"], in: store)
            #expect(
                try store.blobs(on: "disk", lackingOn: "minio", onlyAdopted: false, after: nil, limit: 9)
                    .map(\.digest) == [digest(1)])
            #expect(
                try store.countBlobs(on: "disk", lackingOn: "minio", onlyAdopted: false)
                    == BlobCount(blobs: 1, bytes: 42))
            #expect(try store.blobs(onBoth: "disk", and: "minio", onlyAdopted: false, after: nil, limit: 9).isEmpty)
            let good = BlobOnBackend(digest: try digest(1), size: 42, key: keys[1], isOwned: true)
            #expect(try await !store.forgetLocation(of: good, on: "disk", keeping: "minio", due: time(1)))
            #expect(try await store.blobsNeeding(backendsOtherThan: ["minio"]) == ["disk": 1])
            #expect(try await store.blobsNeeding(backendsOtherThan: ["disk"]) == ["minio": 0])
            // The other way round it may go.
            let bad = BlobOnBackend(digest: try digest(1), size: 42, key: keys[0], isOwned: true)
            #expect(try await store.forgetLocation(of: bad, on: "minio", keeping: "disk", due: time(1)))
            #expect(try store.countDamages() == [:])
        }
    }

    @Test func `how far a scrub is is kept, one row a backend`() async throws {
        try await withStore { store in
            #expect(try store.scrubs() == [])
            var progress = ScrubProgress(
                backend: "minio", total: BlobCount(blobs: 7, bytes: 5 << 30), started: time(3))
            try await store.saveScrub(progress)
            #expect(try store.scrubs() == [progress])
            progress.state = .finished
            progress.position = try digest(4)
            progress.checked = BlobCount(blobs: 6, bytes: 4 << 30)
            (progress.damaged, progress.repaired) = (3, 2)
            (progress.updated, progress.finished) = (time(8), time(9))
            try await store.saveScrub(progress)
            let other = ScrubProgress(backend: "disk", total: BlobCount(), started: time(1), finished: time(2))
            try await store.saveScrub(other)
            #expect(try store.scrubs() == [other, progress])
        }
    }
}
