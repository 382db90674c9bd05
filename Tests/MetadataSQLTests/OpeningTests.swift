import Dispatch
import Foundation
import RegistryCore
import Testing

@testable import MetadataSQL

@Suite struct OpeningTests {
    @Test func `only its owner can read the database`() async throws {
        try await withStore { store in
            try await store.push(digest(1), to: name("app"))
            for file in [store.path, store.path + "-wal", store.path + "-shm"] {
                let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
                #expect(mode == 0o600)
            }
        }
    }

    @Test func `a folder that is not there is named`() async throws {
        try await withFolder { folder in
            let missing = folder.appending(path: "missing")
            let error = #expect(throws: MetadataError.self) { try openStore(in: missing) }
            #expect(error?.message.contains("the folder \(missing.path) ") == true)
        }
    }

    @Test func `a delete writes nothing over, however the system has built SQLite`() async throws {
        try await withStore { store in
            let isOn = try await store.write("reading") { try $0.integer("PRAGMA secure_delete") }
            #expect(isOn == 0)
        }
    }

    @Test func `something else than a database is refused`() async throws {
        try await withFolder { folder in
            let file = folder.appending(path: "registry.db")
            try Data("This is somebody's diary, and as long as it takes.".utf8).write(to: file)
            let error = #expect(throws: MetadataError.self) { try openStore(in: folder) }
            #expect(error?.code == .failed)
        }
    }

    @Test func `a schema from the future is refused`() async throws {
        try await withFolder { folder in
            let store = try openStore(in: folder)
            try await store.write("time travel") { try $0.run("INSERT INTO grdb_migrations VALUES ('v999')") }
            try await store.close()
            let error = #expect(throws: MetadataError.self) { try openStore(in: folder) }
            #expect(error?.code == .failed)
            #expect(error?.message.contains("newer registryd") == true)
        }
    }

    @Test func `a closed store leaves one file with everything, and takes nothing more`() async throws {
        try await withFolder { folder in
            let store = try openStore(in: folder)
            try await store.push(digest(1), to: name("app"))
            try await store.close()
            try await store.close()
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["registry.db"])
            await #expect(throws: MetadataError.self) { try await store.push(digest(2), to: name("app")) }
            #expect(throws: MetadataError.self) { try store.hasBlob(digest(1)) }
            let again = try openStore(in: folder)
            #expect(try again.blob(digest(1), in: name("app")) != nil)
            try await again.close()
        }
    }

    @Test func `several open a new database at once, and each sees what the others write`() async throws {
        try await withFolder { folder in
            let stores = try await withThrowingTaskGroup(of: SQLiteStore.self) { group in
                for _ in 0..<3 { group.addTask { try openStore(in: folder) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, store) in stores.enumerated() {
                    group.addTask {
                        for turn in 0..<50 {
                            let repository = try name("app\(number)-\(turn)")
                            try await store.push(digest(turn), to: repository)
                            for other in stores { #expect(try other.blob(digest(turn), in: repository) != nil) }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await stores[0].count("blobs") == 50)
            #expect(try await stores[1].count("repositories") == 150)
            for store in stores { try await store.close() }
        }
    }

    @Test func `a database that another process keeps locked is unavailable to writers, not to readers`() async throws {
        try await withFolder { folder in
            let holder = try openStore(in: folder)
            let store = try openStore(in: folder, patience: 0.01)
            try await holder.push(digest(1), to: name("app"))
            let (held, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            let holding = Task {
                try await holder.write("holding") { _ in
                    held.signal()
                    gate.wait()
                }
            }
            await until { held.wait(timeout: .now()) == .success }
            let error = await #expect(throws: MetadataError.self) { try await store.push(digest(2), to: name("app")) }
            #expect(error?.code == .unavailable)
            #expect(try store.blob(digest(1), in: name("app")) != nil)
            gate.signal()
            try await holding.value
            #expect(try await store.push(digest(2), to: name("app")) == .stored)
            try await store.close()
            try await holder.close()
        }
    }
}
