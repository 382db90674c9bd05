import RegistryCore
import Testing

@testable import MetadataSQL

@Suite struct CommitTests {
    private func commit(
        _ number: Int,
        _ session: UploadSession,
        in store: SQLiteStore,
        withObject: Bool = true,
        at milliseconds: Int64 = 2
    ) async throws -> BlobCommit {
        let key = UploadPlan(id: session.id, digest: try digest(number)).key
        return try await store.commitBlob(
            try digest(number),
            at: withObject ? StoredObject(key: key, size: 7) : nil,
            on: "disk",
            closing: session,
            at: time(milliseconds)
        )
    }

    @Test func `a commit ends its session`() async throws {
        try await withStore { store in
            let session = session(try name("app"))
            try await store.createUpload(session)
            #expect(try await commit(1, session, in: store) == .stored)
            #expect(try store.upload(session.id) == nil)
            #expect(try await commit(1, session, in: store) == .conflict)
        }
    }

    @Test(arguments: [true, false])
    func `a commit to a session that somebody changed changes nothing`(withObject: Bool) async throws {
        try await withStore { store in
            try await store.push(digest(1), to: name("other"))
            let session = session(try name("app"))
            try await store.createUpload(session)
            #expect(try await store.saveUpload(session))
            for number in [1, 2] {
                #expect(try await commit(number, session, in: store, withObject: withObject) == .conflict)
            }
            #expect(try store.upload(session.id)?.epoch == 1)
            #expect(try store.hasRepository(name("app")) == false)
            #expect(try await store.touched(digest(1)) == 1)
            #expect(try store.hasBlob(digest(2)) == false)
        }
    }

    @Test func `a blob that is stored already keeps its place, and is touched and linked`() async throws {
        try await withStore { store in
            try await store.push(digest(1), to: name("other"))
            for withObject in [true, false] {
                let session = session(try name("app\(withObject)"))
                try await store.createUpload(session)
                let result = try await commit(1, session, in: store, withObject: withObject, at: withObject ? 8 : 9)
                #expect(result == .existed)
                #expect(try store.blob(digest(1), in: session.repository) == store.blob(digest(1), in: name("other")))
                #expect(try await store.touched(digest(1)) == (withObject ? 8 : 9))
                #expect(try store.upload(session.id) == nil)
            }
        }
    }

    @Test func `without an object or a stored blob the session stays`() async throws {
        try await withStore { store in
            let session = session(try name("app"))
            try await store.createUpload(session)
            #expect(try await commit(1, session, in: store, withObject: false) == .missing)
            #expect(try store.upload(session.id) == session)
            #expect(try store.hasRepository(session.repository) == false)
        }
    }

    @Test func `a blob that lost its last place is stored again`() async throws {
        try await withStore { store in
            let app = try name("app")
            try await store.push(digest(1), to: app)
            try await store.write("losing") { try $0.run("DELETE FROM blob_locations") }
            #expect(try store.hasBlob(digest(1)) == false)
            #expect(try store.blob(digest(1), in: app) == nil)
            #expect(try await store.push(digest(1), to: app) == .stored)
            #expect(try store.blob(digest(1), in: app)?.locations.count == 1)
        }
    }

    @Test func `of many commits of one digest at once, one stores it`() async throws {
        try await withStore { store in
            let results = try await withThrowingTaskGroup(of: BlobCommit.self) { group in
                for number in 0..<16 {
                    group.addTask { try await store.push(digest(1), to: name("app\(number)")) }
                }
                return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            }
            #expect(results == [.stored: 1, .existed: 15])
            #expect(try await store.count("blob_locations") == 1)
            #expect(try await store.count("repository_blobs") == 16)
        }
    }
}
