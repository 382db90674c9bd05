#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif
internal import GRDB
internal import RegistryCore

/// Making and opening the database's file.
enum DatabaseFile {
    /// The connection that writes, to a database of the current schema. Creates the file and the schema where needed.
    ///
    /// - Parameter patience: how long it waits for another process, in seconds.
    static func queue(at path: String, patience: Double) throws(MetadataError) -> DatabaseQueue {
        try create(path)
        do {
            var configuration = Configuration()
            configuration.label = "registryd.metadata"
            configuration.journalMode = .wal
            configuration.busyMode = .timeout(patience)
            // A ROLLBACK that fails leaves a transaction behind, on which GRDB would trap; Writer sees to it.
            configuration.allowsUnsafeTransactions = true
            configuration.prepareDatabase { db in
                // What a burst left of the log is cut to this many bytes when it starts over.
                try db.execute(sql: "PRAGMA journal_size_limit = 67108864")
                // Debian's SQLite overwrites what is deleted with zeros, which is for secrets. Credentials are here as hashes alone;
                // manifests go as files do, whose bytes stay until something else is written there.
                try db.execute(sql: "PRAGMA secure_delete = OFF")
            }
            let queue = try opened(path, configuration, patience)
            // What a statement may have to undo is kept in memory; not so what a migration sorts.
            try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA temp_store = MEMORY") }
            return queue
        } catch {
            throw MetadataError("opening the database", in: path, cause: error)
        }
    }

    /// Of several who make a new database at once some are told that it is locked without having waited, as each holds what
    /// another waits for.
    private static func opened(
        _ path: String,
        _ configuration: Configuration,
        _ patience: Double
    ) throws -> DatabaseQueue {
        let end = ContinuousClock.now + .seconds(patience)
        while true {
            do {
                let queue = try DatabaseQueue(path: path, configuration: configuration)
                try migrate(queue, path)
                return queue
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && ContinuousClock.now < end {
                usleep(10_000)
            }
        }
    }

    /// Makes an empty file, which is a valid database, if there is none. SQLite gives the files beside it the same mode.
    private static func create(_ path: String) throws(MetadataError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            close(descriptor)
            return
        }
        let error = errno
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        if error == ENOENT {
            throw MetadataError(.unavailable, "the folder \(folder) of the database \(path) does not exist")
        }
        let code: MetadataError.Code = error == ENOSPC || error == EDQUOT ? .full : .unavailable
        throw MetadataError(code, "open of \(path): \(String(cString: strerror(error)))")
    }

    private static func migrate(_ queue: DatabaseQueue, _ path: String) throws {
        let migrator = Schema.migrator
        func isSuperseded() throws -> Bool {
            try queue.writeWithoutTransaction { try migrator.hasBeenSuperseded($0) }
        }
        // GRDB finds no table of what was applied, looks whether there is one, and takes it for an error when another process
        // has made it in between.
        if try (try? isSuperseded()) ?? isSuperseded() {
            throw MetadataError(
                .failed,
                "\(path) was written by a newer registryd; use that release, or restore a backup"
            )
        }
        var applied = -1
        while true {
            do {
                return try migrator.migrate(queue)
            } catch {
                // Another process that opened it at the same moment may have been faster, and be at work still: then there
                // are more to go on from than before.
                let count = try? queue.writeWithoutTransaction { try migrator.appliedIdentifiers($0).count }
                guard let count, count > applied else { throw error }
                applied = count
            }
        }
    }
}
