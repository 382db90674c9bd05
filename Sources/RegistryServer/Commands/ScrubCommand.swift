import ArgumentParser
import RegistryCore

struct ScrubCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scrub",
        abstract: "Read every blob and verify it, while the server runs.",
        discussion: """
            What is damaged is reported with the images that need it, and makes the command exit with 1. The server does not hand \
            it out from then on; whoever pushes it again mends it. Stop the command whenever you like: run again, it goes on where \
            it stopped, and once it is through it begins anew.
            """
    )

    @OptionGroup var options: StorageOptions

    @Option(help: ArgumentHelp("Only this backend. Otherwise each in turn.", valueName: "name"))
    var backend: String?

    @Option(help: ArgumentHelp("Blobs that are read at once.", valueName: "n"))
    var jobs = 4

    @Option(
        help: ArgumentHelp("Bytes a second, all jobs together, as in 50MiB.", valueName: "bytes"),
        transform: Nouns.size)
    var rateLimit: ByteCount?

    @Flag(help: "Replace what is damaged by a good copy of another backend, where there is one.")
    var repair = false

    func validate() throws {
        guard (1...256).contains(jobs) else { throw ValidationError("--jobs \(jobs): expected 1 to 256") }
        if let rateLimit, rateLimit.bytes < 1024 {
            throw ValidationError("--rate-limit \(rateLimit): expected at least 1KiB")
        }
    }

    func run() async throws {
        let command = self
        try await options.withStorage { access in
            let names =
                if let name = command.backend {
                    [try access.backend(name, "--backend")]
                } else {
                    try await access.store.scrubOrder(of: Array(access.backends.all.keys))
                }
            let scrubs = names.map { name in
                Scrub(
                    backend: name, jobs: command.jobs, bytesPerSecond: command.rateLimit?.bytes, repairs: command.repair
                )
            }
            let report = try await ScrubRun(scrubs: scrubs, access: access).run()
            try command.options.print(report.text, report.tree)
            if let failure = report.failure { throw failure }
        }
    }
}
