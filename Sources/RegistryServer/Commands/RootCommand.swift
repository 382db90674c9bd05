import ArgumentParser

struct RootCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registryd",
        abstract: "An OCI registry: container images and everything else that is pushed like them.",
        discussion: "To try it: registryd serve, then push to localhost:5000.",
        version: registrydVersion,
        subcommands: [
            ServeCommand.self, ConfigCommand.self, DoctorCommand.self, UserCommand.self, TokenCommand.self,
            RepoCommand.self, KeysCommand.self, MigrateCommand.self, GarbageCommand.self, WhyCommand.self,
            AdoptCommand.self,
            BackupCommand.self, RestoreCommand.self, RebuildCommand.self, ScrubCommand.self,
        ]
    )
}
