import RegistryCore
import Testing

@testable import MetadataSQL

@Suite struct UploadTests {
    @Test func `a session comes back as it was created`() async throws {
        try await withStore { store in
            let bare = session(try name("alice/app"))
            var full = session(try name("alice/app"))
            full.owner = try user("alice")
            full.algorithm = .sha512
            full.digest = try digest(1)
            full.checkpoint = UploadCheckpoint(offset: 1 << 40, state: [0, 1, 255], fallback: 1 << 39)
            full.fallbackHash = [7, 0]
            full.hashState = [9, 0, 9]
            full.epoch = 3
            for session in [bare, full] {
                try await store.createUpload(session)
                #expect(try store.upload(session.id) == session)
            }
            #expect(try store.upload(UploadID()) == nil)
        }
    }

    @Test func `saving raises the epoch, and needs the one that is stored`() async throws {
        try await withStore { store in
            var session = session(try name("app"))
            try await store.createUpload(session)
            let old = session
            session.checkpoint = UploadCheckpoint(offset: 0)
            session.hashState = [1]
            session.touched = time(8)
            #expect(try await store.saveUpload(session))
            session.epoch = 1
            #expect(try store.upload(session.id) == session)
            #expect(try await store.saveUpload(old) == false)
            #expect(try await store.endUpload(old) == false)
            #expect(try store.upload(session.id) == session)
            #expect(try await store.endUpload(session))
            #expect(try await store.endUpload(session) == false)
            #expect(try await store.saveUpload(session) == false)
            #expect(try store.upload(session.id) == nil)
        }
    }

    @Test func `of many who save one session at once, one wins`() async throws {
        try await withStore { store in
            let session = session(try name("app"))
            try await store.createUpload(session)
            let wins = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<16 { group.addTask { try await store.saveUpload(session) } }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(wins == 1)
            #expect(try store.upload(session.id)?.epoch == 1)
        }
    }

    @Test func `idle sessions come in pages, in the order of their ids`() async throws {
        try await withStore { store in
            let sessions = try (0..<9).map { session(try name("app"), touched: [30, 40, 20][$0 % 3]) }
            for session in sessions { try await store.createUpload(session) }
            let idle = sessions.filter { $0.touched < time(40) }.sorted { $0.id.description < $1.id.description }
            #expect(try store.idleUploads(since: time(40), after: nil, limit: 9) == idle)
            #expect(try store.idleUploads(since: time(20), after: nil, limit: 9) == [])
            var listed: [UploadSession] = []
            while case let page = try store.idleUploads(since: time(40), after: listed.last, limit: 2), !page.isEmpty {
                #expect(page.count <= 2)
                listed += page
            }
            #expect(listed == idle)
            // One that was there when the page was read, and is not any more.
            #expect(try await store.endUpload(idle[0]))
            #expect(try store.idleUploads(since: time(40), after: idle[0], limit: 9) == Array(idle[1...]))
        }
    }

    @Test func `a write whose task is cancelled is carried out`() async throws {
        try await withStore { store in
            let session = session(try name("app"))
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await store.createUpload(session)
            }
            try await task.value
            #expect(try store.upload(session.id) == session)
        }
    }

    @Test func `a session keeps its owner`() async throws {
        try await withStore { store in
            var session = session(try name("app"))
            session.owner = try user("alice")
            try await store.createUpload(session)
            session.owner = try user("bob")
            #expect(try await store.saveUpload(session))
            #expect(try store.upload(session.id)?.owner == user("alice"))
        }
    }

    @Test func `an owner has as many sessions as the limit says`() async throws {
        try await withStore { store in
            func open(_ owner: String?, limit: Int?) async throws -> UploadSession? {
                var session = session(try name("app"))
                session.owner = try owner.map { try user($0) }
                return try await store.createUpload(session, limit: limit) ? session : nil
            }
            let first = try some(await open("alice", limit: 2))
            #expect(try await open("alice", limit: 2) != nil)
            #expect(try await open("alice", limit: 2) == nil)
            #expect(try await store.count("upload_sessions") == 2)

            #expect(try await open("bob", limit: 2) != nil)
            for _ in 0..<3 { #expect(try await open(nil, limit: 2) != nil) }
            #expect(try await open("alice", limit: nil) != nil)
            #expect(try await open("bob", limit: 0) == nil)

            // Three are too many still, two are; one is not.
            #expect(try await store.endUpload(first))
            #expect(try await open("alice", limit: 2) == nil)
            #expect(try await open("alice", limit: 3) != nil)
        }
    }

    @Test func `of many who open a session at once, as many succeed as the limit says`() async throws {
        try await withStore { store in
            let opened = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<16 {
                    var session = session(try name("app"))
                    session.owner = try user("alice")
                    group.addTask { [session] in try await store.createUpload(session, limit: 5) }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(opened == 5)
            #expect(try await store.count("upload_sessions") == 5)
        }
    }
}
