import NIOCore
import RegistryCore
import Testing

@testable import MetadataSQL

@Suite struct GarbageBlobTests {
    @Test func `a blob that was pushed and never used goes after the grace, with all that was known of it`()
        async throws
    {
        try await withStore { store in
            let (app, other) = (try name("app"), try name("other"))
            try await store.push(digest(1), to: app, at: 10)
            _ = try await store.mountBlob(digest(1), from: app, into: other, at: time(20))
            let key = try some(store.blob(digest(1), in: app)?.locations.first?.key)

            #expect(try await store.collect(touchedBefore: 20) == [])
            #expect(try store.blob(digest(1), in: other) != nil)
            #expect(try await store.collect(touchedBefore: 21) == [digest(1)])
            for repository in [app, other] { #expect(try store.blob(digest(1), in: repository) == nil) }
            #expect(try store.hasBlob(digest(1)) == false)
            #expect(try store.removals(on: nil, limit: 9) == [Removal(backend: "disk", key: key, due: time(7))])
            for table in ["blobs", "blob_locations", "repository_blobs", "garbage_candidates"] {
                #expect(try await store.count(table) == 0, "\(table)")
            }
            #expect(try store.hasRepository(app))
        }
    }

    @Test func `what is needed is looked at once`() async throws {
        try await withStore { store in
            let app = try name("app")
            for number in 10..<30 { try await store.push(digest(number), to: app) }
            try await store.putImage(1, of: Array(10..<30), "latest", in: app)
            #expect(try await store.suspects() == 20)
            #expect(try await store.collect() == [])
            #expect(try await store.suspects() == 0)
            try await store.push(digest(40), to: app)
            let looked = try await store.collectBlobs(touchedBefore: time(1000), limit: 100) { _ in time(0) }
            #expect(looked.count == 1)
            #expect(looked.removed.map(\.digest) == [try digest(40)])
            #expect(try store.blob(digest(10), in: app) != nil)
        }
    }

    enum Loss: String, CaseIterable, Sendable {
        case manifestDeleted, repositoryDeleted, unlinked, pushedAgainAsLess, collectedUntagged
    }

    @Test(arguments: Loss.allCases)
    func `whatever leaves a blob that nobody needs makes it a suspect`(_ loss: Loss) async throws {
        try await withStore { store in
            let app = try name("app")
            try await store.push(digest(10), to: app)
            let image = try await store.putImage(1, of: [10], in: app)
            // Until now it was needed, and is not looked at any more.
            #expect(try await store.collect() == [])
            #expect(try await store.suspects() == 0)
            switch loss {
            case .manifestDeleted:
                #expect(try await store.deleteManifest(image, in: app))
            case .repositoryDeleted:
                #expect(try await store.deleteRepository(app))
            case .unlinked:
                _ = try await store.mountBlob(digest(10), from: app, into: name("other"), at: time(2))
                #expect(try await store.unlinkBlob(digest(10), in: name("other")) == .unlinked)
                #expect(try await store.suspects() == 1)
                #expect(try await store.collect() == [])
                #expect(try await store.deleteManifest(image, in: app))
            case .pushedAgainAsLess:
                try await store.putImage(1, of: [], in: app)
            case .collectedUntagged:
                #expect(try await store.collectUntagged(before: 9, notedAt: 5) == [image])
            }
            #expect(try await store.suspects() == 1)
            #expect(try await store.collect() == [digest(10)])
        }
    }

    @Test func `a blob of two repositories stays until neither needs it`() async throws {
        try await withStore { store in
            let (app, other) = (try name("app"), try name("other"))
            try await store.push(digest(10), to: app)
            _ = try await store.mountBlob(digest(10), from: app, into: other, at: time(1))
            let first = try await store.putImage(1, of: [10], in: app)
            let second = try await store.putImage(2, of: [10], in: other)
            #expect(try await store.deleteManifest(first, in: app))
            #expect(try await store.collect() == [])
            #expect(try store.blob(digest(10), in: app) != nil)
            #expect(try await store.deleteManifest(second, in: other))
            #expect(try await store.collect() == [digest(10)])
        }
    }

    @Test func `a manifest that names a blob which its repository does not have does not keep it`() async throws {
        try await withStore { store in
            try await store.push(digest(10), to: name("app"))
            let sparse = try manifest(1, [.init(.blob, try digest(10), required: false)])
            #expect(try await store.put(sparse, in: name("sparse")) == .stored)
            #expect(try await store.collect() == [digest(10)])
            // And does, as soon as it has it.
            try await store.push(digest(10), to: name("sparse"))
            #expect(try await store.collect() == [])
            #expect(try await store.suspects() == 0)
        }
    }

    @Test func `what a manifest is about is not what it needs`() async throws {
        try await withStore { store in
            let app = try name("app")
            try await store.push(digest(10), to: app)
            try await store.putImage(1, of: [], "latest", subject: 10, in: app)
            #expect(try await store.collect() == [digest(10)])
        }
    }

    @Test func `a blob that is touched is looked at again when the grace has passed since`() async throws {
        try await withStore { store in
            let app = try name("app")
            try await store.push(digest(1), to: app, at: 10)
            try await store.touchBlob(digest(1), at: time(50))
            #expect(try await store.collect(touchedBefore: 40) == [])
            #expect(try await store.suspects() == 1)
            // Nobody looks before.
            #expect(try await store.collectBlobs(touchedBefore: time(50), limit: 9) { _ in time(0) }.count == 0)
            try await store.touchBlob(digest(1), at: time(45))
            #expect(try await store.touched(digest(1)) == 50)
            #expect(try await store.collect(touchedBefore: 51) == [digest(1)])
            try await store.touchBlob(digest(1), at: time(60))
            #expect(try store.hasBlob(digest(1)) == false)
        }
    }

    @Test func `an adopted blob is forgotten, and its file stays`() async throws {
        try await withStore { store in
            let key = ObjectKey("/docker/registry/v2/blobs/data")
            let blob = AdoptedBlob(digest: try digest(1), object: StoredObject(key: key, size: 5))
            _ = try await store.adoptBlobs([blob], on: "disk", into: name("app"), owning: false, at: time(1))
            #expect(try await store.collect() == [digest(1)])
            #expect(try store.removals(on: nil, limit: 9) == [])
        }
    }

    @Test func `every copy of a blob goes`() async throws {
        try await withStore { store in
            try await store.push(digest(1), to: name("app"))
            try await store.write("copying") {
                try $0.run(
                    "INSERT INTO blob_locations (blob_id, backend, object_key) SELECT id, 'bucket', 'k' FROM blobs")
            }
            let looked = try await store.collectBlobs(touchedBefore: time(9), limit: 9) {
                time($0 == "bucket" ? 500 : 1)
            }
            #expect(looked.removed == [GarbageBlob(digest: try digest(1), size: 42, touched: time(1))])
            let removals = try store.removals(on: nil, limit: 9)
            #expect(removals.map(\.backend) == ["disk", "bucket"])
            #expect(removals.map(\.due) == [time(1), time(500)])
        }
    }

    @Test func `a preview shows what would go, page by page, and changes nothing`() async throws {
        try await withStore { store in
            let app = try name("app")
            for number in 1...7 { try await store.push(digest(number), to: app, at: number < 4 ? 10 : 20) }
            try await store.putImage(100, of: [2, 5], in: app)
            var (found, place): ([Digest], GarbagePlace?) = ([], nil)
            repeat {
                let page = try store.garbageBlobs(touchedBefore: time(21), after: place, limit: 2)
                found += page.map(\.blob.digest)
                place = page.last?.place
            } while place != nil
            #expect(found == (try [1, 3, 4, 6, 7].map { try digest($0) }))
            #expect(try store.garbageBlobs(touchedBefore: time(20), after: nil, limit: 9).count == 2)
            #expect(try await store.suspects() == 7)
            #expect(try await store.collect(touchedBefore: 21) == found)
        }
    }
}
