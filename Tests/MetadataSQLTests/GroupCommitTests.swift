import Dispatch
import Foundation
import RegistryCore
import Testing

@testable import MetadataSQL

@Suite struct GroupCommitTests {
    /// Starts `operations` so that they wait for the writer together, and go into one transaction.
    private func together(
        _ store: SQLiteStore,
        _ operations: [@Sendable () async throws -> Void]
    ) async throws -> [(any Error)?] {
        let (held, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let holdUp = Task {
            try await store.write("waiting") { _ in
                held.signal()
                gate.wait()
            }
        }
        await until { held.wait(timeout: .now()) == .success }
        var tasks: [Task<Void, any Error>] = []
        for operation in operations {
            tasks.append(Task { try await operation() })
            let expected = tasks.count
            await until { store.writer.backlog == expected }
        }
        gate.signal()
        try await holdUp.value
        var errors: [(any Error)?] = []
        for task in tasks {
            switch await task.result {
            case .success: errors.append(nil)
            case .failure(let error): errors.append(error)
            }
        }
        return errors
    }

    @Test func `an operation that fails takes only itself back`() async throws {
        try await withStore { store in
            let taken = session(try name("app"))
            try await store.createUpload(taken)
            let errors = try await together(
                store,
                [
                    { try await store.push(digest(1), to: name("before")) },
                    {
                        try await store.write("failing") { db in
                            _ = try db.makeRepository(name("failed"), at: time(1))
                            throw Nothing()
                        }
                    },
                    { try await store.createUpload(taken) },
                    { try await store.put(manifest(1), "latest", in: name("after")) },
                ]
            )
            #expect(errors.map { $0 == nil } == [true, false, false, true])
            #expect((errors[1] as? MetadataError)?.cause is Nothing)
            #expect((errors[2] as? MetadataError)?.code == .failed)
            #expect(try store.repositories(.all, after: nil, limit: 9).map(\.description) == ["after", "before"])
        }
    }

    @Test func `others are carried out once, whoever fails before or after them`() async throws {
        try await withStore { store in
            let failing: @Sendable () async throws -> Void = {
                try await store.write("failing") { db in
                    try db.run("UPDATE marks SET value = value || 'x'")
                    throw Nothing()
                }
            }
            let counting: @Sendable () async throws -> Void = {
                _ = try await store.write("counting") { try $0.run("UPDATE marks SET value = value || '+'") }
            }
            try await store.write("beginning") { try $0.run("INSERT INTO marks (name, value) VALUES ('sum', '')") }
            let errors = try await together(store, [failing, counting, failing, failing, counting, counting, failing])
            #expect(errors.map { $0 == nil } == [false, true, false, false, true, true, false])
            #expect(try await store.write("reading") { try $0.text("SELECT value FROM marks") } == "+++")
        }
    }

    @Test func `a commit that fails fails everybody in it, and the next one works`() async throws {
        try await withStore { store in
            let errors = try await together(
                store,
                [
                    { try await store.put(manifest(1), in: name("one")) },
                    {
                        // A violation that SQLite looks for when it commits.
                        try await store.write("failing late") { db in
                            try db.run("PRAGMA defer_foreign_keys = ON")
                            try db.run("INSERT INTO repository_blobs (repository_id, blob_id) VALUES (1000, 1000)")
                        }
                    },
                    { try await store.put(manifest(1), in: name("two")) },
                ]
            )
            #expect(errors.map { ($0 as? MetadataError)?.code } == [.failed, .failed, .failed])
            #expect(errors[0].map { "\($0)" }?.hasPrefix("storing a manifest in \(store.path) failed") == true)
            #expect(try store.repositories(.all, after: nil, limit: 9) == [])
            try await store.put(manifest(1), in: name("three"))
            #expect(try store.hasRepository(name("three")))
        }
    }

    @Test func `an operation under which SQLite gives up the transaction fails alone`() async throws {
        try await withStore { store in
            let errors = try await together(
                store,
                [
                    { try await store.put(manifest(1), in: name("one")) },
                    {
                        try await store.write("giving up") { db in
                            try db.run("ROLLBACK")
                            throw Nothing()
                        }
                    },
                    { try await store.put(manifest(1), in: name("two")) },
                ]
            )
            #expect(errors.map { $0 == nil } == [true, false, true])
            #expect(try store.repositories(.all, after: nil, limit: 9).map(\.description) == ["one", "two"])
        }
    }

    @Test func `many writers and readers at once see every write that returned`() async throws {
        try await withStore { store in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        for number in 0..<50 {
                            let image = try manifest(writer * 1000 + number)
                            try await store.put(image, "t\(writer)", in: name("app"))
                            let seen = try store.manifest(.tag(tag("t\(writer)")), in: name("app"))
                            #expect(seen?.digest == image.digest)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.count("manifests") == 400)
        }
    }
}
