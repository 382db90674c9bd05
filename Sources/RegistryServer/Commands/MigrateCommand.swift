import ArgumentParser
import RegistryCore

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Copy all blobs of one backend to another, while the server runs.",
        discussion: """
            Clients push and pull meanwhile: blobs are read from wherever they are. To move a registry for good, let new blobs go \
            to the new backend first: set storage.active and reload the server (SIGHUP).

            Every blob is verified on its way. What is damaged stays where it is, is reported, and makes the command exit with 1. \
            Stop it whenever you like: run again, it goes on where it stopped.
            """
    )

    @OptionGroup var options: StorageOptions

    @Option(help: ArgumentHelp("The backend that has the blobs.", valueName: "name"))
    var from: String

    @Option(help: ArgumentHelp("The backend that is to have them.", valueName: "name"))
    var to: String

    @Option(help: ArgumentHelp("Blobs that are copied at once.", valueName: "n"))
    var jobs = 4

    @Option(
        help: ArgumentHelp("Bytes a second, all jobs together, as in 50MiB.", valueName: "bytes"),
        transform: Nouns.size)
    var rateLimit: ByteCount?

    @Flag(help: "Take from the first backend what the second has, when no client can be on its way to it.")
    var deleteSource = false

    @Flag(help: "Say what there is to copy, and about how long that takes. Changes nothing.")
    var dryRun = false

    func validate() throws {
        guard from != to else { throw ValidationError("--from and --to are the same backend") }
        guard (1...256).contains(jobs) else { throw ValidationError("--jobs \(jobs): expected 1 to 256") }
        if let rateLimit, rateLimit.bytes < 64 << 10 {
            throw ValidationError("--rate-limit \(rateLimit): expected at least 64KiB")
        }
    }

    func run() async throws {
        let command = self
        try await options.withStorage { access in
            let migration = Migration(
                source: try access.backend(command.from, "--from"),
                target: try access.backend(command.to, "--to"),
                jobs: command.jobs,
                bytesPerSecond: command.rateLimit?.bytes,
                deletesSource: command.deleteSource
            )
            if command.dryRun {
                let estimate = try await MigrationEstimate(migration, access)
                try command.options.print(estimate.text, estimate.tree)
            } else {
                let report = try await MigrationRun(migration: migration, access: access).run()
                try command.options.print(report.text, report.tree)
                if let failure = report.failure { throw failure }
            }
        }
    }
}
