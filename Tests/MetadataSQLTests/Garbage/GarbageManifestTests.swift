import NIOCore
import RegistryCore
import Testing

@testable import MetadataSQL

@Suite struct GarbageManifestTests {
    @Test func `a manifest that lost its tag goes when that was noted long enough ago`() async throws {
        try await withStore { store in
            let app = try name("app")
            let old = try await store.putImage(1, of: [], "latest", in: app)
            let new = try await store.putImage(2, of: [], "latest", in: app)
            #expect(try await store.collectUntagged(before: 100, notedAt: 100) == [])
            #expect(
                try store.garbageManifests(untaggedBefore: time(101), after: nil, limit: 9).map(\.manifest)
                    == [GarbageManifest(repository: app, digest: old, since: time(100))])
            #expect(try await store.collectUntagged(before: 101, notedAt: 200) == [old])
            #expect(try store.hasManifest(new, in: app))
            #expect(try await store.deleteTag(tag("latest"), in: app))
            #expect(try await store.collectUntagged(before: 300, notedAt: 300) == [])
            #expect(try await store.collectUntagged(before: 301, notedAt: 400) == [new])
        }
    }

    @Test func `a manifest that was pushed without a tag, and gets one, stays`() async throws {
        try await withStore { store in
            let app = try name("app")
            let image = try await store.putImage(1, of: [], in: app)
            #expect(try await store.collectUntagged(before: 0, notedAt: 100) == [])
            try await store.putImage(1, of: [], "late", in: app)
            #expect(try await store.collectUntagged(before: 101, notedAt: 200) == [])
            #expect(try await store.count("untagged_manifests") == 0)
            // From when it lost its tag, and not from when it was pushed.
            try await store.putImage(2, of: [], "late", in: app)
            #expect(try await store.collectUntagged(before: 250, notedAt: 250) == [])
            #expect(try await store.collectUntagged(before: 251, notedAt: 300) == [image])
        }
    }

    @Test func `what an index lists, and what is about what is there, stays as long as that`() async throws {
        try await withStore { store in
            let app = try name("app")
            try await store.push(digest(10), to: app)
            let child = try await store.putImage(1, of: [10], in: app)
            let index = try await store.putImage(2, of: [], "latest", children: [1], in: app)
            let signature = try await store.putImage(3, of: [], subject: 2, in: app)
            let stray = try await store.putImage(4, of: [], subject: 999, in: app)
            _ = try await store.collectUntagged(before: 0, notedAt: 100)
            #expect(try await store.collectUntagged(before: 101, notedAt: 200) == [stray])
            for digest in [child, index, signature] { #expect(try store.hasManifest(digest, in: app)) }

            #expect(try await store.deleteTag(tag("latest"), in: app))
            #expect(try await store.collectUntagged(before: 300, notedAt: 300) == [])
            // The index, and with it what it kept.
            #expect(try await store.collectUntagged(before: 301, notedAt: 400) == [child, index, signature])
            #expect(try await store.collect() == [digest(10)])
            #expect(try await store.count("untagged_manifests") == 0)
        }
    }

    @Test func `what somebody deletes leaves its children untagged from then on`() async throws {
        try await withStore { store in
            let app = try name("app")
            let child = try await store.putImage(1, of: [], in: app)
            let index = try await store.putImage(2, of: [], "latest", children: [1], in: app)
            _ = try await store.collectUntagged(before: 0, notedAt: 100)
            #expect(try await store.deleteManifest(index, in: app))
            #expect(try await store.collectUntagged(before: 200, notedAt: 200) == [])
            #expect(try await store.collectUntagged(before: 201, notedAt: 300) == [child])
        }
    }

    @Test func `a child that had a tag until lately does not go with its index`() async throws {
        try await withStore { store in
            let app = try name("app")
            let child = try await store.putImage(1, of: [], "child", in: app)
            let index = try await store.putImage(2, of: [], children: [1], in: app)
            _ = try await store.collectUntagged(before: 0, notedAt: 100)
            #expect(try await store.deleteTag(tag("child"), in: app))
            #expect(try await store.collectUntagged(before: 101, notedAt: 200) == [index])
            #expect(try store.hasManifest(child, in: app))
            #expect(try await store.collectUntagged(before: 300, notedAt: 300) == [child])
        }
    }

    @Test func `a preview goes on where a page ended`() async throws {
        try await withStore { store in
            let app = try name("app")
            for number in 1...5 { try await store.putImage(number, of: [], in: app) }
            while try await store.noteUntagged(at: time(9), limit: 2) > 0 {}
            var (found, place): ([Digest], GarbagePlace?) = ([], nil)
            repeat {
                let page = try store.garbageManifests(untaggedBefore: time(10), after: place, limit: 2)
                found += page.map(\.manifest.digest)
                place = page.last?.place
            } while place != nil
            #expect(found == (try (1...5).map { try digest($0) }))
        }
    }
}
