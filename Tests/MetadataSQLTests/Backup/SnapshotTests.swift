import Foundation
import GRDB
import RegistryCore
import Testing

@testable import MetadataSQL

struct SnapshotTests {
    /// The tag follows the manifests, so that a snapshot tells how much there was.
    @Test func `a snapshot is of one moment, whatever is written meanwhile`() async throws {
        try await withFolder { folder in
            let store = try openStore(in: folder)
            let app = try name("alice/app")
            for number in 1...20 { try await store.pushImage(number, to: app) }
            let writer = Task {
                var number = 20
                while !Task.isCancelled {
                    number += 1
                    try await store.pushImage(number, to: app)
                }
                return number
            }
            var paths: [String] = []
            for index in 0..<5 {
                let path = try emptyFile("\(index).db", in: folder)
                try await store.snapshot(to: path)
                paths.append(path)
            }
            writer.cancel()
            let last = try await writer.value
            try await store.close()

            var previous = 20
            for path in paths {
                _ = try SnapshotFile.prepare(path, called: "it", at: time(5))
                let copy = try SQLiteStore(path: path, logger: logger)
                let latest = try some(try copy.tagged(try tag("latest"), in: app))
                let number = try some((previous...last).first { latest == (try? digest(2 * $0)) })
                for earlier in 1...number {
                    #expect(try copy.hasManifest(try digest(2 * earlier), in: app))
                    #expect(try copy.blob(try digest(2 * earlier + 1), in: app) != nil)
                }
                #expect(try await copy.count("manifests") == Int64(number))
                previous = number
                try await copy.close()
            }
        }
    }

    @Test func `what was deleted is not in a snapshot`() async throws {
        try await withFolder { folder in
            let store = try openStore(in: folder)
            let secret = "secret-\(UUID().uuidString)"
            try await store.write("writing") { db in
                try db.execute(
                    sql: """
                        INSERT INTO users (name, password_hash, created, changed) VALUES ('mallory', '\(secret)', 1, 1)
                        """)
            }
            let before = try emptyFile("before.db", in: folder)
            try await store.snapshot(to: before)
            try await store.write("deleting") { try $0.execute(sql: "DELETE FROM users") }
            let after = try emptyFile("after.db", in: folder)
            try await store.snapshot(to: after)
            #expect(try Data(contentsOf: URL(filePath: before)).range(of: Data(secret.utf8)) != nil)
            #expect(try Data(contentsOf: URL(filePath: after)).range(of: Data(secret.utf8)) == nil)
            try await store.close()
        }
    }

    @Test func `a snapshot goes into no file that has something in it`() async throws {
        try await withFolder { folder in
            let store = try openStore(in: folder)
            let path = folder.appending(path: "notes").path
            try Data("notes".utf8).write(to: URL(filePath: path))
            await #expect(throws: MetadataError.self) { try await store.snapshot(to: path) }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "notes")
            try await store.close()
        }
    }

    @Test func `since when there are backups is said once`() async throws {
        try await withFolder { folder in
            let store = try openStore(in: folder)
            #expect(try await store.backedUpSince(time(7)) == time(7))
            #expect(try await store.backedUpSince(time(9)) == time(7))
            #expect(try store.restored() == nil)
            try await store.close()
        }
    }
}

func emptyFile(_ name: String, in folder: URL) throws -> String {
    let file = folder.appending(path: name)
    try Data().write(to: file)
    return file.path
}

extension SQLiteStore {
    /// A manifest with a layer of its own, to which the tag points from now on.
    fileprivate func pushImage(_ number: Int, to repository: RepositoryName) async throws {
        let layer = try digest(2 * number + 1)
        try await push(layer, to: repository)
        try await put(
            MetadataSQLTests.manifest(2 * number, [ManifestReference(.blob, layer, required: true)]), "latest",
            in: repository)
    }
}
