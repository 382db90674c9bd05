import NIOCore
import RegistryCore
import Testing

@testable import MetadataSQL

/// A collection and whoever uses the same blob: each is one transaction, so there are two orders.
@Suite struct GarbageRaceTests {
    enum Use: String, CaseIterable, Sendable {
        case pushedWithoutObject, pushed, mounted, named
    }

    /// What comes of the use; false: it is told that the blob is not there.
    private func use(_ use: Use, in store: SQLiteStore, at milliseconds: Int64) async throws -> Bool {
        let app = try name("app")
        switch use {
        case .pushedWithoutObject, .pushed:
            let session = session(app)
            try await store.createUpload(session)
            let object = StoredObject(key: UploadPlan(id: session.id, digest: try digest(1)).key, size: 42)
            let result = try await store.commitBlob(
                try digest(1), at: use == .pushed ? object : nil, on: "disk", closing: session, at: time(milliseconds))
            if result == .missing { #expect(try store.upload(session.id) == session) }
            return result == .existed || result == .stored
        case .mounted:
            return try await store.mountBlob(
                digest(1), from: app, into: name("other"), at: time(milliseconds)) != nil
        case .named:
            let image = try manifest(2, [.init(.blob, try digest(1), required: true)])
            switch try await store.put(image, "latest", in: app) {
            case .stored: return true
            case .missing(let digests):
                #expect(digests == [try digest(1)])
                return false
            case .preconditionFailed, .tooNested: throw Nothing()
            }
        }
    }

    @Test(arguments: Use.allCases)
    func `whoever comes before the collection keeps the blob`(_ use: Use) async throws {
        try await withStore { store in
            try await store.push(digest(1), to: name("app"), at: 10)
            #expect(try await self.use(use, in: store, at: 100))
            #expect(try await store.collect(touchedBefore: 50) == [])
            #expect(try store.blob(digest(1), in: name("app")) != nil)
            #expect(try store.removals(on: nil, limit: 9) == [])
        }
    }

    @Test(arguments: Use.allCases)
    func `whoever comes after it is told, or brings the blob`(_ use: Use) async throws {
        try await withStore { store in
            try await store.push(digest(1), to: name("app"), at: 10)
            let old = try some(store.blob(digest(1), in: name("app"))?.locations.first?.key)
            #expect(try await store.collect(touchedBefore: 50) == [digest(1)])
            #expect(try await self.use(use, in: store, at: 100) == (use == .pushed))
            #expect(try store.hasManifest(digest(2), in: name("app")) == false)
            // What is to be removed is never what was pushed anew.
            let new = try store.blob(digest(1), in: name("app"))?.locations.first?.key
            #expect(new != old)
            #expect(try store.removals(on: nil, limit: 9).map(\.key) == [old])
        }
    }

    @Test func `a copy that ends after the collection is nobody's`() async throws {
        try await withStore { store in
            try await store.push(digest(1), to: name("app"))
            let copy = BlobCopy(id: UploadID(), backend: "bucket", digest: try digest(1), touched: time(1))
            try await store.beginCopy(copy)
            #expect(try await store.collect() == [digest(1)])
            let object = StoredObject(key: UploadPlan(id: copy.id, digest: copy.digest).key, size: 42)
            #expect(try await store.commitCopy(copy, at: object) == .gone)
        }
    }

    @Test func `collections, pushes and deletes at once leave no manifest without its blob`() async throws {
        try await withStore { store in
            let app = try name("app")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        for round in 0..<30 {
                            let number = 100 + round % 3
                            try await store.push(digest(number), to: app, at: 5)
                            let image = try manifest(
                                10 + worker, [.init(.blob, try digest(number), required: true)])
                            try await store.put(image, in: app)
                            _ = try await store.deleteManifest(image.digest, in: app)
                        }
                    }
                }
                group.addTask {
                    for _ in 0..<100 {
                        _ = try await store.collectBlobs(touchedBefore: time(9), limit: 5) { _ in time(0) }
                        let broken = try await store.write("looking") {
                            try $0.integer(
                                """
                                SELECT COUNT(*) FROM manifest_references r
                                WHERE NOT EXISTS (
                                    SELECT 1 FROM blobs b JOIN blob_locations l ON l.blob_id = b.id
                                    WHERE b.digest = r.digest
                                )
                                """)
                        }
                        #expect(broken == 0)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.collect().count <= 3)
            #expect(try await store.count("blobs") == 0)
        }
    }
}
