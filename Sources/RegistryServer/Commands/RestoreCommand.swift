import ArgumentParser
import Logging
import MetadataSQL
import NIOCore
import RegistryCore

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put a snapshot of the database in the place of the database. The server must not run.",
        discussion: """
            The configuration is enough for it: the data folder may be lost. A database that is there is kept beside the new one. \
            The snapshot is checked before anything is changed.

            Everything is as it was when the snapshot was made: also passwords, grants and tokens, even if they were revoked \
            since. Of blobs the database has only the names: what was removed since is missing (registryd scrub finds it), and \
            what was pushed since is unknown (registryd rebuild takes it up, and gc removes it if nobody uses it). What is unknown \
            stays until somebody runs registryd gc --orphans. The registryd that had this database before must not be started on \
            the same backends again.
            """
    )

    @OptionGroup var options: StorageOptions

    @Argument(
        help: ArgumentHelp(
            """
            A backend's name (the newest snapshot there), a backend and when its snapshot was made, as in \
            s3/20261123T093000Z, a file, or a folder (the newest there).
            """, valueName: "from"))
    var from: String

    func run() async throws {
        let command = self
        let workingDirectory = options.configuration.source.workingDirectory
        let actor = SystemUser.actor(environment: options.configuration.source.environment)
        try await options.withDataFolder { settings, logger, open in
            let source = try RestoreSource(
                command.from, backends: settings.backends.map(\.name), workingDirectory: workingDirectory)
            let restore = Restore(database: settings.database.path, time: .now)
            let name: String
            let result: (contents: SnapshotContents, kept: String?)
            do {
                switch source {
                case .file(let path):
                    name = path
                    result = try await Self.restore(restore, file: path)
                case .folder(let folder):
                    guard let file = try FolderSnapshots(folder: folder).list().last else {
                        throw CommandFailure(.failure, "\(folder) has no snapshot of a database")
                    }
                    name = file.path
                    result = try await Self.restore(restore, file: file.path)
                case .backend(let backend, let wanted):
                    let storage = try await open(backend)
                    let snapshot = try RestoreSource.choose(
                        wanted, in: backend, try await BackendSnapshots.list(storage))
                    name = "\(backend)/\(snapshot.object.key)"
                    result = try await restore.run(name) { path in
                        let writer = try FileWriter(path)
                        try await BackendSnapshots.read(snapshot, from: storage) { try writer.write($0) }
                    }
                }
            } catch is CancellationError {
                throw CommandFailure(.failure, "interrupted; the database is as it was")
            }
            let report = RestoreReport(
                source: name, database: settings.database.path, contents: result.contents, kept: result.kept,
                missing: try await Self.missingBackends(settings, logger))
            await AuditFile(settings.auditPath, logger: logger).record(
                AuditEvent(.restored, actor: actor, origin: "command line", [("from", name)]))
            try command.options.print(report.text, report.tree)
        }
    }

    private static func restore(
        _ restore: Restore,
        file: String
    ) async throws -> (contents: SnapshotContents, kept: String?) {
        guard try isMissing("\(file)-wal") || FileSteps.size("\(file)-wal") == 0 else {
            throw CommandFailure(
                .failure,
                "\(file) is not a snapshot: a part of it is in \(file)-wal, as of a database that is in use; "
                    + "registryd backup makes snapshots of those")
        }
        return try await restore.run(file) { path in
            let writer = try FileWriter(path)
            for try await buffer in BlobContent.file(try FileSteps.slice(file)).buffers() { try writer.write(buffer) }
        }
    }

    /// What has to be in the configuration before the server starts; nil: everything is.
    private static func missingBackends(_ settings: Settings, _ logger: Logger) async throws -> String? {
        let store = try SQLiteStore(path: settings.database.path, logger: logger)
        var missing: String?
        do {
            try await store.checkNeeded(beside: settings.backends.map(\.name), active: settings.activeBackend)
        } catch let error as BackendsNeeded {
            missing = "\(error)"
        }
        try await store.close()
        return missing
    }
}

struct RestoreReport: Sendable {
    var source: String
    var database: String
    var contents: SnapshotContents
    var kept: String?
    var missing: String?

    var text: String {
        var lines = [
            "\(database) is restored from \(source): "
                + [
                    contents.repositories == 1 ? "1 repository" : "\(Amount.count(contents.repositories)) repositories",
                    Amount.count(contents.tags, "tag"), Amount.count(contents.blobs, "blob"),
                    Amount.count(contents.users, "user"),
                ].joined(separator: ", ")
        ]
        if let kept { lines.append("the database that was there is kept as \(kept)") }
        if let missing { lines.append("before the server starts: \(missing)") }
        lines.append("users, passwords, grants and tokens are those of the snapshot, also if they were revoked since")
        lines.append("blobs that were removed since are missing: registryd scrub finds them")
        lines.append("blobs that were pushed since are unknown: registryd rebuild --backend NAME takes them up")
        lines.append("what is unknown stays until somebody runs registryd gc --orphans; then it goes after gc.grace")
        return lines.map { "\($0)\n" }.joined()
    }

    var tree: ConfigNode {
        .map([
            "source": .words(source), "database": .words(database), "kept": kept.map { .words($0) } ?? .null,
            "repositories": .text(contents.repositories), "tags": .text(contents.tags),
            "blobs": .text(contents.blobs), "users": .text(contents.users),
            "problem": missing.map { .words($0) } ?? .null,
        ])
    }
}
