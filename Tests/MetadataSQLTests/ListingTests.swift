import NIOCore
import RegistryCore
import Testing

@testable import MetadataSQL

@Suite struct ListingTests {
    @Test func `ten thousand tags come in pages, in the order of their bytes`() async throws {
        try await withStore { store in
            let app = try name("app")
            let tags = try (0..<10_000).map { try tag(($0 % 2 == 0 ? "V" : "v") + "\($0)") }
            _ = try await store.putManifest(
                manifest(1), as: .digest(digest(1)), tags: tags, in: app, allowMissing: false, expecting: nil,
                at: time(1))
            var listed: [String] = []
            while let page = try store.tags(in: app, after: listed.last, limit: 999), !page.isEmpty {
                listed += page.map(\.description)
            }
            #expect(listed == tags.map(\.description).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        }
    }

    @Test func `an unknown repository has no list of tags, and one without tags an empty one`() async throws {
        try await withStore { store in
            let app = try name("app")
            #expect(try store.tags(in: app, after: nil, limit: 9) == nil)
            try await store.put(manifest(1), "latest", in: app)
            #expect(try store.tags(in: app, after: nil, limit: 0) == [])
            #expect(try store.tags(in: app, after: nil, limit: -1) == [])
            #expect(try await store.deleteTag(tag("latest"), in: app))
            #expect(try await store.deleteTag(tag("latest"), in: app) == false)
            #expect(try store.tags(in: app, after: nil, limit: 9) == [])
            #expect(try store.manifest(.digest(digest(1)), in: app) != nil)
        }
    }

    @Test func `repositories come in pages, in the order of their bytes`() async throws {
        try await withStore { store in
            for text in ["b", "a/b", "a-b", "a"] { try await store.push(digest(1), to: name(text)) }
            #expect(try store.repositories(.all, after: nil, limit: 3).map(\.description) == ["a", "a-b", "a/b"])
            #expect(try store.repositories(.all, after: "a/b", limit: 3).map(\.description) == ["b"])
            #expect(try store.repositories(.all, after: "b", limit: 3) == [])
        }
    }

    @Test func `referrers come in pages, in the order of their digests, of one type if asked`() async throws {
        try await withStore { store in
            let app = try name("app")
            let subject = ManifestReference(.subject, try digest(1000), required: false)
            for number in [3, 1, 2, 4] {
                try await store.put(manifest(number, [subject], type: number % 2 == 0 ? "even" : "odd"), in: app)
                try await store.put(manifest(number, [subject]), in: name("other"))
            }
            // Another edge to the same digest, and another subject: neither is a referrer.
            try await store.push(subject.digest, to: app)
            try await store.put(manifest(5, [.init(.blob, subject.digest, required: true)]), in: app)
            try await store.put(manifest(6, [.init(.subject, try digest(1001), required: false)]), in: app)

            func page(_ type: String? = nil, after: Int? = nil, limit: Int = 9) throws -> [Referrer] {
                try store.referrers(
                    of: subject.digest,
                    in: app,
                    artifactType: type,
                    after: try after.map { try digest($0) },
                    limit: limit,
                    bytes: 1 << 20
                ).elements
            }
            #expect(try page().map(\.digest) == (1...4).map { try digest($0) })
            #expect(try page(limit: 3).map(\.digest) == (1...3).map { try digest($0) })
            #expect(try page(after: 3).map(\.digest) == [digest(4)])
            #expect(try page("even").map(\.digest) == [digest(2), digest(4)])
            #expect(try page("none") == [])
            let first = try some(page().first)
            let expected = try manifest(1, type: "odd")
            #expect(
                first
                    == Referrer(
                        digest: expected.digest,
                        mediaType: expected.mediaType,
                        size: Int64(expected.content.readableBytes),
                        artifactType: "odd",
                        annotations: expected.annotations
                    )
            )
            let none = try store.referrers(
                of: digest(1), in: name("nobody"), artifactType: nil, after: nil, limit: 9, bytes: 1 << 20)
            #expect(none == Page(elements: [], hasMore: false))
        }
    }

    @Test(arguments: [
        (9, 1 << 20, 4, false), (4, 1 << 20, 4, false), (3, 1 << 20, 3, true), (9, 1 << 10, 1, true), (9, 0, 1, true),
        (9, 2 * (256 + 1002), 2, true), (9, 4 * (256 + 1002), 4, false), (9, 4 * (256 + 1002) - 1, 3, true),
    ])
    func `a page of referrers ends with its rows or its bytes, but holds one`(
        limit: Int, bytes: Int, count: Int, hasMore: Bool
    ) async throws {
        try await withStore { store in
            let app = try name("app")
            for number in 1...4 {
                var artifact = try manifest(number, [.init(.subject, try digest(1000), required: false)])
                artifact.annotations = "\"" + String(repeating: "a", count: 1000) + "\""
                try await store.put(artifact, in: app)
            }
            let page = try store.referrers(
                of: digest(1000), in: app, artifactType: nil, after: nil, limit: limit, bytes: bytes)
            #expect(try page.elements.map(\.digest) == (1...count).map { try digest($0) })
            #expect(page.hasMore == hasMore)
        }
    }

    @Test func `rows after the last that is wanted are not read`() async throws {
        try await withStore { store in
            for text in ["a", "b", "c"] { try await store.push(digest(1), to: name(text)) }
            let query = Query("SELECT name FROM repositories ORDER BY name")
            var seen: [String] = []
            try store.read("listing") { connection in
                try connection.each(query, [:]) { row in
                    seen.append(row.text(0))
                    return seen.count < 2
                }
            }
            #expect(seen == ["a", "b"])
        }
    }
}
