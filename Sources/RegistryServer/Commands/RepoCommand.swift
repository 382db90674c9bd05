import ArgumentParser
import RegistryCore

struct RepoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repo",
        abstract: "Make, show and delete repositories, and say who may do what with them.",
        discussion: """
            A repository belongs to the user whose name its own begins with: alice/app is alice's. Changes hold at once, also \
            for a server that runs.
            """,
        subcommands: [
            Create.self, List.self, Show.self, SetVisibility.self, Grant.self, Revoke.self, Delete.self,
        ]
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make an empty repository.")

        @OptionGroup var options: AdministrationOptions

        @Option(
            name: .long,
            help: ArgumentHelp("public: every user may read it; private: its owner.", valueName: "public|private"),
            transform: Nouns.visibility)
        var visibility = Visibility.public

        @Argument(help: "As alice/app.", transform: Nouns.repository)
        var name: RepositoryName

        func run() async throws {
            try await options.withAdministration { administration, _ in
                try await administration.createRepository(name, visibility)
                try options.print(
                    "\(visibility.rawValue) repository \(name) created\n",
                    .map(["name": .words(name), "visibility": .words(visibility.rawValue)]))
            }
        }
    }

    struct SetVisibility: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "visibility",
            abstract: "Say who may read a repository without a grant."
        )

        @OptionGroup var options: AdministrationOptions

        @Argument(transform: Nouns.repository)
        var name: RepositoryName

        @Argument(
            help: ArgumentHelp("public: every user; private: its owner.", valueName: "public|private"),
            transform: Nouns.visibility)
        var visibility: Visibility

        func run() async throws {
            try await options.withAdministration { administration, _ in
                try await administration.setVisibility(visibility, of: name)
                try options.print(
                    "repository \(name) is \(visibility.rawValue)\n",
                    .map(["name": .words(name), "visibility": .words(visibility.rawValue)]))
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete a repository with all that is in it, and the grants on it.",
            discussion: "Asks nothing. Blobs that other repositories have stay."
        )

        @OptionGroup var options: AdministrationOptions

        @Argument(transform: Nouns.repository)
        var name: RepositoryName

        func run() async throws {
            try await options.withAdministration { administration, _ in
                try await administration.deleteRepository(name)
                try options.print(
                    "repository \(name) deleted\n", .map(["name": .words(name), "deleted": .text(true)]))
            }
        }
    }
}
