import RegistryCore
import Testing

@testable import MetadataSQL

@Suite struct RepositoryTests {
    private func empty(_ text: String, _ visibility: Visibility, created: Int64 = 1) throws -> RepositoryRecord {
        RepositoryRecord(
            name: try name(text), visibility: visibility, created: time(created), tags: 0, manifests: 0, blobs: 0,
            size: 0)
    }

    @Test(arguments: Visibility.allCases)
    func `a repository is created once`(visibility: Visibility) async throws {
        try await withStore { store in
            let app = try name("alice/app")
            #expect(try store.repository(app) == nil)
            #expect(try store.standing(of: nil, in: app) == Standing(visibility: nil, grant: nil))
            #expect(try await store.createRepository(app, visibility, at: time(5)))
            #expect(try await store.createRepository(app, .public, at: time(6)) == false)
            #expect(try store.repository(app) == empty("alice/app", visibility, created: 5))
            #expect(try store.standing(of: nil, in: app) == Standing(visibility: visibility, grant: nil))
            #expect(try store.tags(in: app, after: nil, limit: 9) == [])
        }
    }

    @Test func `one that a push makes is public, and one that was there stays as it is`() async throws {
        try await withStore { store in
            let (app, own) = (try name("alice/app"), try name("alice/own"))
            #expect(try await store.createRepository(own, .private, at: time(1)))
            for repository in [app, own] {
                try await store.push(digest(1), to: repository, at: 7)
                try await store.put(manifest(1), in: repository)
            }
            #expect(try store.repository(app)?.visibility == .public)
            #expect(try store.repository(app)?.created == time(7))
            #expect(try store.repository(own)?.visibility == .private)
            #expect(try await store.createRepository(app, .private, at: time(8)) == false)
        }
    }

    @Test func `a record counts what the repository has`() async throws {
        try await withStore { store in
            let (app, other) = (try name("app"), try name("other"))
            for number in 1...3 { try await store.push(digest(number), to: app) }
            try await store.push(digest(3), to: other)
            try await store.put(manifest(1), "a", "b", in: app)
            try await store.put(manifest(2), "c", in: app)
            var expected = try empty("app", .public)
            (expected.tags, expected.manifests, expected.blobs, expected.size) = (3, 2, 3, 3 * 42)
            #expect(try store.repository(app) == expected)
            #expect(try store.repository(other)?.size == 42)
        }
    }

    @Test func `the visibility of a repository changes, if there is one`() async throws {
        try await withStore { store in
            #expect(try await store.setVisibility(.private, of: name("app")) == false)
            try await store.push(digest(1), to: name("app"))
            try await store.push(digest(1), to: name("other"))
            for visibility in [Visibility.private, .public] {
                #expect(try await store.setVisibility(visibility, of: name("app")))
                #expect(try store.standing(of: nil, in: name("app")).visibility == visibility)
                #expect(try store.standing(of: nil, in: name("other")).visibility == .public)
            }
        }
    }

    @Test func `a repository goes with everything that it has, and blobs that others have stay`() async throws {
        try await withStore { store in
            let (app, other) = (try name("alice/app"), try name("alice/other"))
            for repository in [app, other] {
                for number in [1, 2] { try await store.push(digest(number), to: repository) }
                try await store.put(
                    manifest(1, [.init(.blob, try digest(1), required: true)]), "latest", in: repository)
                #expect(try await store.grant(.read, on: "\(repository)", to: "bob"))
            }
            try await store.push(digest(3), to: app)
            for pattern in ["alice/*", "*"] { #expect(try await store.grant(.read, on: pattern, to: "bob")) }

            #expect(try await store.deleteRepository(app))
            #expect(try store.repository(app) == nil)
            #expect(try store.manifest(.tag(tag("latest")), in: app) == nil)
            #expect(try store.tags(in: app, after: nil, limit: 9) == nil)
            #expect(try store.blob(digest(1), in: app) == nil)
            #expect(try store.grants(on: nil).map { "\($0.pattern)" } == ["*", "alice/*", "alice/other"])
            for (table, rows) in [
                ("repositories", 1), ("manifests", 1), ("tags", 1), ("manifest_references", 1), ("repository_blobs", 2),
                // Where the bytes are that nobody has any more is for garbage collection.
                ("blobs", 3), ("blob_locations", 3),
            ] as [(String, Int64)] {
                #expect(try await store.count(table) == rows, "\(table)")
            }
            #expect(try store.blob(digest(1), in: other) != nil)
            #expect(try await store.deleteRepository(app) == false)
        }
    }

    @Test func `an upload that ends after its repository was deleted does not make it again`() async throws {
        try await withStore { store in
            let (app, other) = (try name("app"), try name("app/other"))
            #expect(try await store.createRepository(app, .private, at: time(1)))
            let (ended, going) = (session(app), session(other))
            for session in [ended, going] { try await store.createUpload(session) }
            #expect(try await store.deleteRepository(app))
            #expect(try store.upload(ended.id) == nil)
            #expect(try await store.saveUpload(ended) == false)
            let object = StoredObject(key: UploadPlan(id: ended.id).key, size: 42)
            let commit = try await store.commitBlob(
                digest(1), at: object, on: "disk", closing: ended, at: time(2))
            #expect(commit == .conflict)
            #expect(try store.hasRepository(app) == false)
            #expect(try store.upload(going.id) == going)
        }
    }

    @Test func `deleting a repository that is not there changes nothing`() async throws {
        try await withStore { store in
            let session = session(try name("app"))
            try await store.createUpload(session)
            #expect(try await store.deleteRepository(name("app")) == false)
            #expect(try store.upload(session.id) == session)
        }
    }
}
