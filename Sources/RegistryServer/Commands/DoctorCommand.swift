import ArgumentParser
import RegistryCore
import UnixSignals

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Try what each storage backend can and cannot do.",
        discussion: """
            Stores a few objects of its own (some 10 MiB on S3), reads and lists them, and removes them. It may run \
            while the server runs. Exits with 0 when everything that the server needs works, with 69 when a backend is \
            not there, with 78 when the configuration is wrong, and with 1 when something else does not work.
            """
    )

    @OptionGroup var options: ConfigurationOptions

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let settings = try server.source(options).settings(drivers: Drivers.checks)
        let drivers = Drivers.current
        let report = try await interruptible { try await settings.diagnose(drivers) }
        try LogOutput.standardOutput.print(options.json ? report.tree.json + "\n" : report.text)
        if let failure = report.failure { throw failure }
    }

    /// Runs `body`, which cleans up after itself when a signal ends it early.
    private func interruptible<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> T {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let work = Task { try await body() }
        let watch = Task { for await _ in signals { work.cancel() } }
        defer { watch.cancel() }
        let result = await work.result
        if work.isCancelled {
            throw CommandFailure(.failure, "interrupted; what was stored to try the backends was removed again")
        }
        return try result.get()
    }
}
