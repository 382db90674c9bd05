import Logging
import MetadataSQL
import RegistryCore

/// Puts a snapshot in the place of the database. Nobody else has the data folder.
struct Restore: Sendable {
    /// The database's file.
    let database: String
    let time: Timestamp

    /// Beside the database, so that it can take its place at once.
    private var draft: String { "\(database).restoring" }
    /// Behind the name of a database: what SQLite keeps beside it.
    private static let companions = ["-wal", "-shm", "-journal"]

    /// - Parameters:
    ///   - name: what the snapshot is called in errors.
    ///   - fetch: writes the snapshot into an empty file.
    func run(
        _ name: String,
        _ fetch: @Sendable (_ path: String) async throws -> Void
    ) async throws -> (contents: SnapshotContents, kept: String?) {
        try removeDraft()
        try FileSteps.create(draft)
        do {
            try await fetch(draft)
            let contents = try await offThread { [draft, time] in
                let contents = try SnapshotFile.prepare(draft, called: name, at: time)
                try FileSteps.sync(draft)
                return contents
            }
            try Task.checkCancellation()
            let kept = try await offThread { try replace() }
            return (contents, kept)
        } catch {
            try? removeDraft()
            throw error
        }
    }

    private func removeDraft() throws {
        for suffix in [""] + Self.companions { try FileSteps.remove(draft + suffix) }
    }

    /// - Returns: the name under which what was there is kept; nil: there was nothing.
    private func replace() throws -> String? {
        let folder = FileSteps.folder(of: database)
        var kept: String?
        let files = ([""] + Self.companions).filter { !isMissing(database + $0) }
        if !files.isEmpty {
            try fold()
            var time = time
            while !isMissing(keptName(time)) { time = time + .seconds(1) }
            let name = keptName(time)
            // With its log, if that could not be copied into it: then it is damaged, and perhaps somebody can still mend it. The
            // names go together, as SQLite looks for them.
            for suffix in files.reversed() where !isMissing(database + suffix) {
                try FileSteps.keep(database + suffix, as: name + suffix)
            }
            try FileSteps.sync(folder)
            // A log beside a database that it is not of would destroy it.
            for suffix in Self.companions { try FileSteps.remove(database + suffix) }
            try FileSteps.sync(folder)
            kept = name
        }
        try FileSteps.rename(draft, to: database)
        try FileSteps.sync(folder)
        return kept
    }

    private func keptName(_ time: Timestamp) -> String { "\(database).before-restore-\(time.compact)" }

    /// Throws when another process has the database open: it would go on with the old one.
    private func fold() throws(CommandFailure) {
        guard !isMissing(database) else { return }
        do {
            try SnapshotFile.fold(database)
        } catch {
            // Damaged, which may be why somebody restores.
            guard error.code == .unavailable else { return }
            throw inUse(error)
        }
        guard isMissing("\(database)-wal") else { throw inUse(nil) }
    }

    private func inUse(_ cause: (any Error)?) -> CommandFailure {
        CommandFailure(
            .unavailable, "another process has \(database) open; wait until it is done, or stop it", cause: cause)
    }
}
