import ArgumentParser
import RegistryCore

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Make a snapshot of the database, while the server runs.",
        discussion: """
            It holds everything that is not a blob's bytes: repositories, manifests, tags, users with the hashes of their \
            passwords, grants and robot tokens. Not in it are the keys in DATA/token-keys, as who has those can make tokens; \
            without them clients log in again by themselves.

            The server does the same on its own (backup.interval), and leaves the newest backup.keep in a backend or a folder.
            """
    )

    @OptionGroup var options: StorageOptions

    @Argument(
        help: ArgumentHelp(
            """
            Where to: a backend's name (an object there), a folder, where it gets a dated name, or a file that is not there yet. \
            What is not a backend's name is a path. Without it, as backup.to says.
            """, valueName: "to"))
    var to: String?

    func run() async throws {
        let command = self
        var source = options.configuration.source
        source.data = options.data
        let database = try source.settings(drivers: Drivers.checks).database.path
        // A snapshot of nothing would look like one of something.
        guard !isMissing(database) else {
            throw CommandFailure(.failure, "there is no database \(database); is it another data folder? --data")
        }
        let workingDirectory = source.workingDirectory
        try await options.withStorage { access in
            let rules = access.settings.backup.rules
            let place =
                command.to.map { BackupPlace($0, access.backends, workingDirectory: workingDirectory) }
                ?? BackupPlace(rules, access.backends)
            let backup = Backup(
                store: access.store, backends: access.backends, data: access.settings.data, keep: rules.keep)
            let report: BackupReport
            do {
                report = try await backup.run(to: place)
            } catch is CancellationError {
                throw CommandFailure(.failure, "interrupted; there is no new snapshot")
            }
            try command.options.print(report.text, report.tree)
            if let problem = report.problem {
                throw CommandFailure(.failure, "older snapshots could not be deleted: \(problem)")
            }
        }
    }
}
