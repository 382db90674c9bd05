import ArgumentParser

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve the registry until SIGTERM.",
        discussion: """
            Without a configuration it keeps everything in ./registryd-data and serves this machine only, on \
            127.0.0.1:5000. SIGHUP makes it read the configuration again. The log goes to standard error.
            """
    )

    @OptionGroup var options: ConfigurationOptions

    @OptionGroup var server: ServerOptions

    func run() async throws {
        var source = server.source(options)
        source.jsonLogs = options.json
        try await Serve(source: source, drivers: Drivers.current).run()
    }
}
