internal import Foundation
internal import GRDB
package import RegistryCore

extension SQLiteStore {
    /// VACUUM INTO reads everything in one transaction, which in WAL mode holds nobody up: the log cannot start over meanwhile, and
    /// that is all. SQLite's backup API would begin again at every commit of another connection. The copy has no free pages,
    /// so what was deleted is not in it.
    package func snapshot(to path: String) async throws {
        let queue: DatabaseQueue
        do {
            var configuration = Configuration()
            configuration.label = "registryd.snapshot"
            configuration.readonly = true
            configuration.busyMode = .timeout(5)
            queue = try DatabaseQueue(path: self.path, configuration: configuration)
        } catch {
            throw MetadataError("making a snapshot", in: self.path, cause: error)
        }
        let source = self.path
        try await withTaskCancellationHandler {
            let result: Result<Void, any Error> = await withCheckedContinuation { continuation in
                DispatchQueue.global(qos: .utility).async {
                    continuation.resume(returning: Result { try queue.vacuum(into: path, source) })
                }
            }
            try Task.checkCancellation()
            try result.get()
        } onCancel: {
            queue.interrupt()
        }
    }

    package func backedUpSince(_ time: Timestamp) async throws -> Timestamp {
        if let since = try mark("backups") { return since }
        return try await write("noting that there are backups") { db in
            try db.run(
                "INSERT INTO marks (name, value) VALUES ('backups', :time) ON CONFLICT (name) DO NOTHING",
                ["time": "\(time.milliseconds)"])
            return time
        }
    }

    package func restored() throws -> Timestamp? { try mark("restored") }

    package func noteRestored(at time: Timestamp) async throws {
        try await write("noting that there may be more than the database knows") { db in
            try db.run(
                "INSERT INTO marks (name, value) VALUES ('restored', :time) ON CONFLICT (name) DO NOTHING",
                ["time": "\(time.milliseconds)"])
        }
    }

    package func forgetRestored() async throws {
        guard try restored() != nil else { return }
        try await write("noting that the database is whole") { db in
            try db.run("DELETE FROM marks WHERE name = 'restored'")
        }
    }

    private static let marks = Query("SELECT value FROM marks WHERE name = :name")

    private func mark(_ name: String) throws -> Timestamp? {
        try read("reading a mark") { connection in
            try connection.first(Self.marks, [":name": .text(name)]) { row in
                guard let milliseconds = Int64(row.text(0)) else { throw DamagedRow(description: "no time: \(name)") }
                return Timestamp(milliseconds: milliseconds)
            }
        }
    }
}

extension DatabaseQueue {
    fileprivate func vacuum(into path: String, _ source: String) throws {
        do {
            try writeWithoutTransaction { db in
                do {
                    try db.execute(sql: "VACUUM INTO ?", arguments: [path])
                } catch {
                    throw db.described(error)
                }
            }
            try close()
        } catch {
            throw MetadataError("making a snapshot", in: source, cause: error)
        }
    }
}
