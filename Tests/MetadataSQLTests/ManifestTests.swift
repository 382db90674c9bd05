import NIOCore
import RegistryCore
import Testing

@testable import MetadataSQL

@Suite struct ManifestTests {
    @Test func `a manifest comes back by its tags and its digest, as it was pushed`() async throws {
        try await withStore { store in
            let app = try name("alice/app")
            let pushed = try manifest(1)
            #expect(try await store.put(pushed, "latest", "v1", in: app) == .stored)
            let record = ManifestRecord(
                digest: pushed.digest, mediaType: pushed.mediaType, content: pushed.content, visibility: .public)
            for reference: Reference in [.tag(try tag("latest")), .tag(try tag("v1")), .digest(pushed.digest)] {
                #expect(try store.manifest(reference, in: app) == record)
                #expect(try store.manifest(reference, in: name("alice/other")) == nil)
            }
            #expect(try store.manifest(.tag(tag("v2")), in: app) == nil)
        }
    }

    @Test func `a large manifest comes back whole`() async throws {
        try await withStore { store in
            var large = try manifest(1)
            large.content = ByteBuffer(bytes: (0..<4_194_304).map { UInt8(truncatingIfNeeded: $0 &* 31) })
            try await store.put(large, in: name("app"))
            #expect(try store.manifest(.digest(large.digest), in: name("app"))?.content == large.content)
        }
    }

    @Test func `required references that are not in the repository are listed once each, and nothing is stored`()
        async throws
    {
        try await withStore { store in
            let app = try name("app")
            let elsewhere = try name("elsewhere")
            try await store.push(try digest(10), to: elsewhere)
            let index = try manifest(
                1,
                [
                    .init(.blob, try digest(10), required: true),
                    .init(.manifest, try digest(10), required: true),
                    .init(.manifest, try digest(11), required: true),
                    .init(.blob, try digest(12), required: false),
                    .init(.subject, try digest(13), required: false),
                ]
            )
            #expect(try await store.put(index, "latest", in: app) == .missing([digest(10), digest(11)]))
            #expect(try store.hasRepository(app) == false)

            #expect(try await store.mountBlob(digest(10), from: elsewhere, into: app, at: time(2)) == 42)
            #expect(try await store.put(index, "latest", in: app) == .missing([digest(10), digest(11)]))
            try await store.put(manifest(10), in: app)
            #expect(try await store.put(index, "latest", in: app) == .missing([digest(11)]))
            #expect(try store.manifest(.tag(tag("latest")), in: app) == nil)

            try await store.put(manifest(11), in: app)
            #expect(try await store.put(index, "latest", in: app) == .stored)
        }
    }

    @Test func `missing references are stored too where they are allowed`() async throws {
        try await withStore { store in
            let app = try name("app")
            let sparse = try manifest(1, [.init(.blob, try digest(10), required: true)])
            let commit = try await store.putManifest(
                sparse, as: .digest(sparse.digest), tags: [], in: app, allowMissing: true, expecting: nil, at: time(1))
            #expect(commit == .stored)
            try await store.push(digest(10), to: app)
            #expect(try await store.unlinkBlob(digest(10), in: app) == .needed(by: sparse.digest))
        }
    }

    @Test func `a manifest is known in the repository that it was pushed to`() async throws {
        try await withStore { store in
            try await store.put(manifest(1), in: name("app"))
            #expect(try store.hasManifest(digest(1), in: name("app")))
            #expect(try store.hasManifest(digest(2), in: name("app")) == false)
            #expect(try store.hasManifest(digest(1), in: name("other")) == false)
        }
    }

    @Test func `the same manifest again takes the new media type, and moves the tag`() async throws {
        try await withStore { store in
            let app = try name("app")
            try await store.put(manifest(1), "latest", in: app)
            try await store.put(manifest(2), "latest", in: app)
            #expect(try store.manifest(.tag(tag("latest")), in: app)?.digest == digest(2))
            var again = try manifest(1)
            again.mediaType = "application/vnd.docker.distribution.manifest.v2+json"
            try await store.put(again, "latest", in: app)
            let record = try store.manifest(.tag(tag("latest")), in: app)
            #expect(try record?.digest == digest(1))
            #expect(record?.mediaType == again.mediaType)
            #expect(try await store.count("manifests") == 2)
        }
    }

    @Test func `a deleted manifest takes its tags and references with it, and nobody else's`() async throws {
        try await withStore { store in
            let (app, other) = (try name("app"), try name("other"))
            for repository in [app, other] {
                try await store.push(digest(10), to: repository)
                let image = try manifest(1, [.init(.blob, try digest(10), required: true)])
                try await store.put(image, "a", "b", in: repository)
            }
            try await store.put(manifest(2), "c", in: app)
            #expect(try await store.deleteManifest(digest(1), in: app))
            #expect(try await store.deleteManifest(digest(1), in: app) == false)
            #expect(try store.tags(in: app, after: nil, limit: 9) == [tag("c")])
            #expect(try store.tags(in: other, after: nil, limit: 9) == [tag("a"), tag("b")])
            #expect(try await store.unlinkBlob(digest(10), in: app) == .unlinked)
            #expect(try await store.unlinkBlob(digest(10), in: other) == .needed(by: digest(1)))
        }
    }
}
