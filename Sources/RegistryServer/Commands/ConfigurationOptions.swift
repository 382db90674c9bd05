import ArgumentParser
import Foundation
import RegistryCore

/// The options that every command takes.
struct ConfigurationOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The configuration file. None is looked for elsewhere.", valueName: "file"))
    var config: String?

    @Option(
        name: .customLong("set"),
        parsing: .singleValue,
        help: ArgumentHelp(
            "Set one key over the file's, as in log.level=debug. May be repeated.", valueName: "key=value")
    )
    var assignments: [String] = []

    @Flag(name: .long, help: "Write JSON.")
    var json = false

    func validate() throws {
        if let wrong = assignments.first(where: { !$0.contains("=") || $0.hasPrefix("=") }) {
            throw ValidationError("--set \(wrong): expected KEY=VALUE, as in log.level=debug")
        }
    }

    var source: ConfigurationSource {
        ConfigurationSource(
            file: config,
            assignments: assignments,
            environment: ProcessInfo.processInfo.environment,
            workingDirectory: FileManager.default.currentDirectoryPath
        )
    }
}

/// The short options for what most servers are told, for the commands that speak of a server.
struct ServerOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The folder for everything that is kept.", valueName: "dir"))
    var data: String?

    @Option(
        name: .long,
        parsing: .singleValue,
        help: ArgumentHelp("Where to listen, as 127.0.0.1:5000 or [::]:443. May be repeated.", valueName: "host:port")
    )
    var listen: [String] = []

    /// Where the configuration comes from, with these.
    func source(_ options: ConfigurationOptions) -> ConfigurationSource {
        var source = options.source
        source.data = data
        source.listen = listen
        return source
    }
}

/// The storage drivers of this program, for the commands, which the argument parser makes.
enum Drivers {
    @TaskLocal static var current: [StorageDriver] = []

    static var checks: [StorageDriverCheck] { current.map { StorageDriverCheck($0) } }
}
