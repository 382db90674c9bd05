import ArgumentParser
import Logging
import MetadataSQL
import RegistryCore
import UnixSignals

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The options of the commands that work on blobs.
struct StorageOptions: ParsableArguments {
    @OptionGroup var configuration: ConfigurationOptions

    @Option(name: .long, help: ArgumentHelp("The folder for everything that is kept.", valueName: "dir"))
    var data: String?

    var json: Bool { configuration.json }

    /// What such a command works with. A server may have all of it open at the same time.
    struct Access: Sendable {
        var settings: Settings
        var store: any MetadataStore
        var backends: BackendSet
        var logger: Logger

        /// The name of a backend; throws unless the configuration has it.
        func backend(_ name: String, _ option: String) throws -> String {
            let names = settings.backends.map(\.name).sorted()
            if names.contains(name) { return name }
            let guess = nearest(to: name, among: names).map { "did you mean “\($0)”?" }
            throw CommandFailure(
                .usage,
                "\(option) \(name): storage.backends has no such backend; "
                    + (guess ?? "there are: \(names.joined(separator: ", "))"))
        }

        /// Throws while a server runs that does not have the backend: what is there alone, it would not find.
        func checkServed(_ backend: String) async throws {
            guard FileLock.isHeld(DataFolder.lockFile(settings.data)), let served = try await store.servedBackends(),
                !served.contains(backend)
            else { return }
            throw CommandFailure(
                .unavailable,
                "the server that runs does not have backend \(backend): let it read the configuration again first (SIGHUP)"
            )
        }
    }

    /// Prints what a command is about: for people, or with --json for programs.
    func print(_ text: String, _ tree: ConfigNode) throws {
        try LogOutput.standardOutput.print(json ? tree.json + "\n" : text)
    }

    /// Runs `body` with the database and every backend of the configuration. A first SIGINT or SIGTERM cancels it: it says
    /// itself what that means.
    ///
    /// - Parameter rebuilding: a backend that is opened alone, as what the database has to say of it is made anew; nobody else is
    ///   at work in the data folder then.
    func withStorage(
        rebuilding: String? = nil,
        _ body: @escaping @Sendable (Access) async throws -> Void
    ) async throws {
        var source = configuration.source
        source.data = data
        let settings = try source.settings(drivers: Drivers.checks)
        try DataFolder.make(settings.data)
        try DataFolder.actAsOwner(of: settings.data)
        ProcessTuning.apply()
        let logs = Logs(to: .standardError, style: LogStyle(level: .warning))
        defer { logs.sink.close() }
        let logger = logs.logger("registryd")
        // What a backend says beside its errors is for a server's log: here it would stand between the lines of progress.
        var quiet = logger
        quiet.logLevel = .critical
        let backendLogger = quiet
        // Before anything is made.
        let folder = rebuilding == nil ? nil : try OfflineFolder(settings.data)
        defer { withExtendedLifetime(folder) {} }
        let store = try SQLiteStore(path: settings.database.path, logger: logger)
        let drivers = Drivers.current
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let work = Task {
            let backends =
                if let rebuilding {
                    try await settings.openBackend(toRebuild: rebuilding, drivers, backendLogger, store)
                } else {
                    try await settings.openBackends(drivers, backendLogger, store, shared: true)
                }
            try await body(Access(settings: settings, store: store, backends: backends, logger: logger))
        }
        let watch = Task {
            for await _ in signals {
                // What was promised survives, as at any crash.
                if work.isCancelled { _exit(CommandFailure.Code.failure.rawValue) }
                work.cancel()
            }
        }
        let result = await work.result
        watch.cancel()
        do {
            try await store.close()
        } catch {
            // Why the work failed counts for more.
            if case .success = result { throw error }
        }
        try result.get()
    }
}
