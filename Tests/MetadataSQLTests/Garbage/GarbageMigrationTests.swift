import RegistryCore
import Testing

@testable import MetadataSQL

@Suite struct GarbageMigrationTests {
    @Test func `what an older release left behind is found`() async throws {
        try await withFolder { folder in
            let old = try openStore(in: folder)
            let app = try name("app")
            for number in [10, 11, 12] { try await old.push(digest(number), to: app, at: 5) }
            let untagged = try await old.putImage(1, of: [10], in: app)
            try await old.putImage(2, of: [11], "latest", in: app)
            try await old.write("going back") { db in
                for statement in [
                    "DROP TABLE garbage_candidates", "DROP TABLE untagged_manifests", "DROP TABLE orphans",
                    "CREATE INDEX blobs_touched ON blobs (touched)",
                    "DELETE FROM grdb_migrations WHERE identifier = 'v5'",
                ] {
                    try db.run(statement)
                }
            }
            try await old.close()

            let new = try openStore(in: folder)
            #expect(try await new.suspects() == 1)
            #expect(try await new.collect(touchedBefore: 5) == [])
            #expect(try await new.collect(touchedBefore: 6) == [digest(12)])
            #expect(try await new.collectUntagged(before: 100, notedAt: 100) == [])
            #expect(try await new.collectUntagged(before: 101, notedAt: 200) == [untagged])
            #expect(try await new.collect() == [digest(10)])
            try await new.close()
        }
    }
}
