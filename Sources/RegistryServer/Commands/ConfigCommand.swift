import ArgumentParser

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Check or show the configuration.",
        subcommands: [Check.self, Show.self, Default.self]
    )

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say whether the server would start with this configuration.",
            discussion: "Opens no database, storage, certificate, htpasswd file or JWK set."
        )

        @OptionGroup var options: ConfigurationOptions
        @OptionGroup var server: ServerOptions

        func run() async throws {
            do {
                _ = try server.source(options).settings(drivers: Drivers.checks)
            } catch let error as ConfigurationError {
                if options.json { try LogOutput.standardOutput.print(error.tree.json + "\n") }
                throw error
            }
            try LogOutput.standardOutput.print((options.json ? ConfigNode.map(["ok": .text(true)]).json : "ok") + "\n")
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the configuration in force, with all defaults, without secrets."
        )

        @OptionGroup var options: ConfigurationOptions
        @OptionGroup var server: ServerOptions

        func run() async throws {
            let settings = try server.source(options).settings(drivers: Drivers.checks)
            try LogOutput.standardOutput.print(settings.shown(json: options.json))
        }
    }

    struct Default: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a configuration file to begin with: every key, its default and what it is for."
        )

        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            guard options.json else {
                try LogOutput.standardOutput.print(defaultConfiguration)
                return
            }
            var source = options.source
            source.file = nil
            source.assignments = []
            try LogOutput.standardOutput.print(source.settings(drivers: Drivers.checks).shown(json: true))
        }
    }
}

extension Settings {
    /// For people and programs to read; secrets are not in it.
    func shown(json: Bool) throws -> String {
        if json { return tree.redacted.json + "\n" }
        let note =
            access.isImplicit
            ? "# There is no access section: everybody on this machine may push and pull, and nobody else may anything.\n"
            : ""
        return note + (try tree.redacted.yaml())
    }
}

extension ConfigurationError {
    fileprivate var tree: ConfigNode {
        let list = problems.map { problem in
            let origin = problem.origin.map { ConfigNode(.scalar($0.description, quoted: true)) } ?? .null
            return ConfigNode.map([
                "key": problem.path.isEmpty ? .null : ConfigNode(.scalar(problem.path, quoted: true)),
                "at": origin,
                "message": ConfigNode(.scalar(problem.text, quoted: true)),
            ])
        }
        return .map(["ok": .text(false), "problems": .list(list)])
    }
}
