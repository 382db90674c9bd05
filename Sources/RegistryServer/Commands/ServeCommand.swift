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

    @Option(name: .long, help: ArgumentHelp("The folder for everything that is kept.", valueName: "dir"))
    var data: String?

    @Option(
        name: .long,
        parsing: .singleValue,
        help: ArgumentHelp("Where to listen, as 127.0.0.1:5000 or [::]:443. May be repeated.", valueName: "host:port")
    )
    var listen: [String] = []

    func run() async throws {
        var source = options.source
        source.data = data
        source.listen = listen
        source.jsonLogs = options.json
        try await Serve(source: source, drivers: Drivers.current).run()
    }
}
