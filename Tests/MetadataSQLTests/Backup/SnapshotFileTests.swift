import Foundation
import GRDB
import RegistryCore
import Testing

@testable import MetadataSQL

struct SnapshotFileTests {
    /// What may come in a snapshot's place.
    enum Wrong: String, CaseIterable {
        case text, nothing, foreign, newer, torn, overwritten

        var words: String {
            switch self {
            case .text: "is not a database"
            case .nothing, .foreign: "is not a registryd's database"
            case .newer: "was written by a newer registryd"
            case .torn, .overwritten: "is damaged"
            }
        }

        func make(of path: String) throws {
            let file = URL(filePath: path)
            switch self {
            case .text: try Data(String(repeating: "Dear Sir, ", count: 1000).utf8).write(to: file)
            case .nothing: try Data().write(to: file)
            case .foreign:
                try Data().write(to: file)
                try DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE blobs (id INTEGER)") }
            case .newer:
                try DatabaseQueue(path: path).write {
                    try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('v99')")
                }
            case .torn:
                let bytes = try Data(contentsOf: file)
                try bytes.prefix(bytes.count / 2).write(to: file)
            case .overwritten:
                var bytes = try Data(contentsOf: file)
                for index in 4096..<bytes.count where index % 7 == 0 { bytes[index] = 0xa5 }
                try bytes.write(to: file)
            }
        }
    }

    @Test(arguments: Wrong.allCases)
    func `what is not a sound snapshot is refused`(_ wrong: Wrong) async throws {
        try await withSnapshot { path, _ in
            try wrong.make(of: path)
            let error = try #require(throws: MetadataError.self) {
                try SnapshotFile.prepare(path, called: "THE SNAPSHOT", at: time(5))
            }
            #expect(error.message.contains("THE SNAPSHOT \(wrong.words)"), "\(error)")
        }
    }

    @Test func `what must not come back does not, and everything else does`() async throws {
        try await withSnapshot { path, app in
            let contents = try SnapshotFile.prepare(path, called: "it", at: time(500))
            #expect(contents == SnapshotContents(repositories: 1, tags: 1, blobs: 2, users: 1))
            let store = try SQLiteStore(path: path, logger: logger)
            for table in ["upload_sessions", "blob_copies", "refresh_tokens", "orphans"] {
                #expect(try await store.count(table) == 0)
            }
            #expect(try store.hasManifest(try digest(1), in: app))
            #expect(try await store.count("removals") == 1)
            #expect(try store.restored() == time(500))
            // Which storages those are whose blobs it knows does not change by that.
            #expect(try store.installation(of: "disk")?.id == "A")
            // The blob that no manifest needs has all its grace before it.
            #expect(try await store.touched(try digest(3)) == 500)
            let early = try store.garbageBlobs(touchedBefore: time(500), after: nil, limit: 10)
            #expect(early.isEmpty)
            let late = try store.garbageBlobs(touchedBefore: time(501), after: nil, limit: 10)
            #expect(late.map(\.blob.digest) == [try digest(3)])
            for _ in 0..<2 { try await store.forgetRestored() }
            #expect(try store.restored() == nil)
            try await store.close()
        }
    }

    @Test func `a database's log is copied into it when the last one closes it`() async throws {
        try await withFolder { folder in
            let store = try openStore(in: folder)
            try await store.push(try digest(1), to: try name("alice/app"))
            let path = folder.appending(path: "registry.db").path
            // Somebody else has it open, and is told by the log that stays.
            try SnapshotFile.fold(path)
            #expect(FileManager.default.fileExists(atPath: path + "-wal"))
            try await store.close()
            try SnapshotFile.fold(path)
            #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
        }
    }

    private func withSnapshot(_ body: (String, RepositoryName) async throws -> Void) async throws {
        try await withFolder { folder in
            let store = try openStore(in: folder)
            let app = try name("alice/app")
            try await store.push(try digest(2), to: app)
            try await store.push(try digest(3), to: app)
            try await store.put(
                manifest(1, [ManifestReference(.blob, try digest(2), required: true)]), "latest", in: app)
            try await store.createUpload(session(app))
            try await store.setInstallation("A", of: "disk")
            try await store.beginCopy(
                BlobCopy(id: UploadID(), backend: "s3", digest: try digest(2), touched: time(1)))
            try await store.write("writing") { db in
                try db.execute(
                    sql: """
                        INSERT INTO users (name, created, changed) VALUES ('alice', 1, 1);
                        INSERT INTO refresh_tokens (hash, user_name, fingerprint, created, expires)
                        VALUES ('h', 'alice', 'f', 1, 99999999999999);
                        INSERT INTO orphans (backend, object_key, first_seen) VALUES ('disk', 'k', 1);
                        INSERT INTO removals (backend, object_key, due) VALUES ('disk', 'l', 1);
                        """)
            }
            let path = try emptyFile("snapshot.db", in: folder)
            try await store.snapshot(to: path)
            try await store.close()
            try await body(path, app)
        }
    }
}
