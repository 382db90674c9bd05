import RegistryCore
import Testing

@testable import MetadataSQL

@Suite struct BlobTests {
    @Test func `a blob is readable where it was pushed, and nowhere else`() async throws {
        try await withStore { store in
            let app = try name("app")
            #expect(try await store.push(digest(1), to: app) == .stored)
            let record = try some(store.blob(digest(1), in: app))
            #expect(record.size == 42)
            #expect(record.locations.map(\.backend) == ["disk"])
            #expect(record.locations.first?.key.description.hasPrefix("sha256/00/") == true)
            #expect(try store.blob(digest(1), in: name("other")) == nil)
            #expect(try store.hasBlob(digest(1)))
            #expect(try store.hasBlob(digest(2)) == false)
            #expect(try store.hasRepository(app))
        }
    }

    @Test func `sha512 digests are kept as they are`() async throws {
        try await withStore { store in
            let long = try some(Digest(.sha512, hex: String(repeating: "ab", count: 64)))
            try await store.push(long, to: name("app"))
            var image = try manifest(1, [.init(.blob, long, required: true)])
            image.digest = long
            try await store.put(image, "latest", in: name("app"))
            #expect(try store.blob(long, in: name("app"))?.digest == long)
            #expect(try store.manifest(.tag(tag("latest")), in: name("app"))?.digest == long)
        }
    }

    @Test func `a blob is on several backends while it is moved`() async throws {
        try await withStore { store in
            try await store.push(digest(1), to: name("app"))
            try await store.write("copying") {
                try $0.run(
                    "INSERT INTO blob_locations (blob_id, backend, object_key) SELECT id, 'bucket', 'key' FROM blobs")
            }
            let record = try some(store.blob(digest(1), in: name("app")))
            #expect(record.locations.map(\.backend) == ["bucket", "disk"])
        }
    }

    @Test func `a mount needs a source that has the blob, and touches it`() async throws {
        try await withStore { store in
            let (app, other, third) = (try name("app"), try name("other"), try name("third"))
            try await store.push(digest(1), to: app)
            #expect(try await store.mountBlob(digest(1), from: other, into: third, at: time(5)) == nil)
            #expect(try await store.mountBlob(digest(2), from: app, into: third, at: time(5)) == nil)
            #expect(try store.hasRepository(third) == false)
            #expect(try await store.touched(digest(1)) == 1)

            #expect(try await store.mountBlob(digest(1), from: app, into: other, at: time(6)) == 42)
            #expect(try await store.touched(digest(1)) == 6)
            #expect(try await store.mountBlob(digest(1), from: other, into: third, at: time(7)) == 42)
            #expect(try await store.mountBlob(digest(1), from: other, into: third, at: time(8)) == 42)
            #expect(try store.blob(digest(1), in: third) == store.blob(digest(1), in: app))
        }
    }

    @Test func `a blob that its repository lost is not mounted from there, though its bytes are stored`() async throws {
        try await withStore { store in
            let app = try name("app")
            try await store.push(digest(1), to: app)
            #expect(try await store.unlinkBlob(digest(1), in: app) == .unlinked)
            #expect(try await store.mountBlob(digest(1), from: app, into: name("other"), at: time(2)) == nil)
            #expect(try store.hasBlob(digest(1)))
            #expect(try store.hasRepository(name("other")) == false)
        }
    }

    @Test func `a blob is unlinked from one repository, unless a manifest there needs it`() async throws {
        try await withStore { store in
            let (app, other) = (try name("app"), try name("other"))
            try await store.push(digest(10), to: app)
            _ = try await store.mountBlob(digest(10), from: app, into: other, at: time(2))
            try await store.put(manifest(2, [.init(.blob, try digest(10), required: true)]), in: app)
            try await store.put(manifest(1, [.init(.blob, try digest(10), required: false)]), in: app)

            #expect(try await store.unlinkBlob(digest(10), in: app) == .needed(by: digest(1)))
            #expect(try await store.unlinkBlob(digest(10), in: other) == .unlinked)
            #expect(try await store.unlinkBlob(digest(10), in: other) == .unknown)
            #expect(try await store.unlinkBlob(digest(10), in: name("nobody")) == .unknown)
            #expect(try store.blob(digest(10), in: app) != nil)
            #expect(try store.blob(digest(10), in: other) == nil)
        }
    }

    @Test func `an object is known on its backend, for as long as a blob is in it`() async throws {
        try await withStore { store in
            let session = session(try name("app"))
            try await store.createUpload(session)
            let key = UploadPlan(id: session.id).key
            #expect(try store.hasObject(key, on: "disk") == false)
            let object = StoredObject(key: key, size: 42)
            _ = try await store.commitBlob(digest(1), at: object, on: "disk", closing: session, at: time(1))
            #expect(try store.hasObject(key, on: "disk"))
            #expect(try store.hasObject(key, on: "other") == false)
        }
    }
}
