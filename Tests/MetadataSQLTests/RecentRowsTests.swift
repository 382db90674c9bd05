import GRDB
import RegistryCore
import Synchronization
import Testing

@testable import MetadataSQL

@Suite struct RecentRowsTests {
    private func withRows(
        capacity: Int,
        _ body: (RecentRows<String, Int>, SQLiteStore, LogIndex) async throws -> Void
    ) async throws {
        try await withStore { store in
            let watch = try CommitWatch(path: store.path, patience: 100)
            let rows = RecentRows<String, Int>(watch.index, capacity: capacity, shelves: 1)
            try await body(rows, store, watch.index)
            rows.close()
            watch.close()
        }
    }

    private func look(
        for key: String, finding row: Int, worth: Bool = true, in rows: RecentRows<String, Int>
    ) throws -> Int {
        try rows.row(key, worth: { _ in worth }, { row })
    }

    @Test func `what was read is not read again until something is committed`() async throws {
        try await withRows(capacity: 10) { rows, store, _ in
            var reads = 0
            func look() throws -> Int {
                try rows.row("a") {
                    reads += 1
                    return reads
                }
            }
            #expect(try look() == 1)
            #expect(try look() == 1)
            _ = try await store.addUser(try record("alice"))
            #expect(try look() == 2)
            #expect(try look() == 2)
        }
    }

    @Test func `what somebody commits during a read is not mistaken for what was read`() async throws {
        try await withRows(capacity: 10) { rows, store, index in
            let before = index.state
            // A read of the old state that ends after the commit.
            let value = try rows.row("a") {
                try commitElsewhere(store)
                return 1
            }
            #expect(value == 1)
            #expect(index.state != before)
            #expect(try look(for: "a", finding: 2, in: rows) == 2)
        }
    }

    /// From a thread that may wait.
    private func commitElsewhere(_ store: SQLiteStore) throws {
        let done = Atomic<Bool>(false)
        Task.detached {
            _ = try? await store.addUser(try record("bob"))
            done.store(true, ordering: .releasing)
        }
        while !done.load(ordering: .acquiring) {}
    }

    @Test func `there are no more than it has room for, and none that are too large`() async throws {
        try await withRows(capacity: 2) { rows, _, _ in
            for (number, key) in ["a", "b", "c"].enumerated() {
                let found = try look(for: key, finding: number, in: rows)
                #expect(found == number)
            }
            #expect(try look(for: "c", finding: 9, in: rows) == 2)
            #expect(try look(for: "a", finding: 9, in: rows) == 9)
            #expect(try look(for: "large", finding: 5, worth: false, in: rows) == 5)
            #expect(try look(for: "large", finding: 6, in: rows) == 6)
        }
    }

    @Test func `closed, it remembers nothing, and reads on`() async throws {
        try await withRows(capacity: 2) { rows, _, _ in
            let found = try look(for: "a", finding: 1, in: rows)
            #expect(found == 1)
            rows.close()
            #expect(try look(for: "a", finding: 2, in: rows) == 2)
            #expect(try look(for: "a", finding: 3, in: rows) == 3)
        }
    }

    @Test func `every reader sees what any other has committed`() async throws {
        try await withFolder { folder in
            let (one, other) = (try openStore(in: folder), try openStore(in: folder))
            let repository = try name("alice/app")
            for number in 0..<200 {
                let visibility: Visibility = number.isMultiple(of: 2) ? .private : .public
                let writer = number.isMultiple(of: 3) ? one : other
                if number == 0 {
                    _ = try await writer.createRepository(repository, visibility, at: time(1))
                } else {
                    _ = try await writer.setVisibility(visibility, of: repository)
                }
                for store in [one, other, one] {
                    #expect(try store.standing(of: nil, in: repository).visibility == visibility)
                }
            }
            try await one.close()
            try await other.close()
        }
    }

    @Test func `a log that starts anew does not bring back what was`() async throws {
        try await withFolder { folder in
            let store = try openStore(in: folder)
            let repository = try name("alice/app")
            _ = try await store.createRepository(repository, .private, at: time(1))
            for visibility in [Visibility.public, .private, .public] {
                #expect(try store.standing(of: nil, in: repository).visibility != visibility)
                let other = try DatabaseQueue(path: store.path)
                try await other.writeWithoutTransaction { db in
                    try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
                }
                _ = try await store.setVisibility(visibility, of: repository)
                #expect(try store.standing(of: nil, in: repository).visibility == visibility)
            }
            try await store.close()
        }
    }
}
