import Foundation
import NIOCore
import RegistryCore
import Testing

@testable import MetadataSQL

@Suite struct DurabilityTests {
    @Test func `a commit waits for the disk, but for upload sessions`() async throws {
        try await withStore { store in
            // SQLite answers this pragma when it parses it, so every question is a text of its own.
            func synchronous(_ durability: Writer.Durability, _ question: Int) async throws -> Int64? {
                try await store.write("asking", surviving: durability) {
                    try $0.integer("PRAGMA synchronous -- \(question)")
                }
            }
            #expect(try await synchronous(.powerLoss, 1) == 2)
            #expect(try await synchronous(.processDeath, 2) == 1)
            #expect(try await synchronous(.powerLoss, 3) == 2)
            let journal = try await store.write("asking") { try $0.text("PRAGMA journal_mode") }
            #expect(journal == "wal")
            let foreignKeys = try await store.write("asking") { try $0.integer("PRAGMA foreign_keys") }
            #expect(foreignKeys == 1)
        }
    }

    @Test func `what was acknowledged is there after a crash`() async throws {
        try await withFolder { folder in
            let store = try openStore(in: folder)
            let app = try name("app")
            let open = session(app)
            try await store.createUpload(open)
            for number in 0..<200 {
                try await store.push(digest(number), to: app)
                try await store.put(manifest(number, [.init(.blob, try digest(number), required: true)]), in: app)
            }
            try await store.put(manifest(1), "latest", in: app)

            // What a process that dies now leaves on disk.
            let crashed = folder.appending(path: "crashed")
            try FileManager.default.createDirectory(at: crashed, withIntermediateDirectories: true)
            for file in ["registry.db", "registry.db-wal"] {
                try FileManager.default.copyItem(at: folder.appending(path: file), to: crashed.appending(path: file))
            }
            let reopened = try openStore(in: crashed)
            #expect(try reopened.manifest(.tag(tag("latest")), in: app)?.digest == digest(1))
            for number in 0..<200 {
                #expect(try reopened.blob(digest(number), in: app) == store.blob(digest(number), in: app))
                #expect(try reopened.manifest(.digest(digest(number)), in: app) != nil)
            }
            #expect(try reopened.upload(open.id) == open)
            try await reopened.close()
            try await store.close()
        }
    }

    @Test func `the log does not grow for ever`() async throws {
        try await withStore { store in
            var large = try manifest(0)
            large.content = ByteBuffer(repeating: 1, count: 65_536)
            for number in 0..<512 {
                large.digest = try digest(number)
                try await store.put(large, in: name("app"))
            }
            let log = try FileManager.default.attributesOfItem(atPath: store.path + "-wal")[.size] as? Int
            #expect(try some(log) < 20 << 20)
        }
    }

    @Test func `a full disk is told from other failures, and the store works when there is room again`() async throws {
        try await withStore { store in
            let app = try name("app")
            try await store.put(manifest(0), "kept", in: app)
            func limit(_ pages: Int64) async throws {
                try await store.write("limiting") { try $0.run("PRAGMA max_page_count = \(pages)") }
            }
            try await limit(try some(try await store.write("asking") { try $0.integer("PRAGMA page_count") }) + 20)
            var large = try manifest(1)
            large.content = ByteBuffer(repeating: 1, count: 1_000_000)

            let alone = await #expect(throws: MetadataError.self) { try await store.put(large, in: app) }
            #expect(alone?.code == .full)
            let many = try await withThrowingTaskGroup(of: MetadataError.Code?.self) { group in
                for number in 0..<8 {
                    var copy = large
                    copy.digest = try digest(number + 100)
                    group.addTask { [copy] in
                        do {
                            try await store.put(copy, in: app)
                            return nil
                        } catch let error as MetadataError {
                            return error.code
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(many == Array(repeating: .full, count: 8))
            #expect(try store.manifest(.tag(tag("kept")), in: app)?.digest == digest(0))

            try await limit(1 << 30)
            try await store.put(large, "large", in: app)
            #expect(try store.manifest(.tag(tag("large")), in: app)?.content == large.content)
        }
    }
}
