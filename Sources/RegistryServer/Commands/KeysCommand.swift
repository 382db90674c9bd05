import ArgumentParser
import Authentication
import RegistryCore

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "The keys that sign tokens.",
        subcommands: [Rotate.self, List.self]
    )

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a new key, which signs from now on.",
            discussion: """
                A server that runs takes it up by itself. The old key counts until the tokens that it signed are over, so nobody \
                has to log in again; it goes with a later rotation.
                """
        )

        @OptionGroup var options: AdministrationOptions

        @Flag(
            name: .long,
            help:
                "End at once what the old keys signed, as when one got into wrong hands. Clients get new tokens by themselves."
        )
        var dropOld = false

        func run() async throws {
            let settings = try options.settings()
            // A server may sign with the old key until it looks again.
            let keeping = dropOld ? .zero : settings.access.tokens.lifetime.duration + .seconds(60)
            try await options.withAdministration { administration, _ in
                let rotation = try TokenKeys.rotate(folder: settings.tokenKeysFolder, keeping: keeping, now: .now)
                await administration.keysRotated(to: rotation.kid, removed: rotation.removed)
                let removed = rotation.removed.map { "key \($0) removed\n" }.joined()
                try options.print(
                    "key \(rotation.kid) signs from now on\n\(removed)",
                    .map(["key": .words(rotation.kid), "removed": .list(rotation.removed.map { .words($0) })]))
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the keys, newest first.")

        @OptionGroup var options: AdministrationOptions

        func run() async throws {
            let keys = try TokenKeys.list(folder: try options.settings().tokenKeysFolder)
            let table = Table(
                header: ["KEY", "CREATED", "SIGNS"],
                rows: keys.map { [$0.kid, $0.created.description, $0.signs ? "yes" : "no"] })
            let list = keys.map { key in
                ConfigNode.map([
                    "key": .words(key.kid), "created": .words(key.created), "signs": .text(key.signs),
                ])
            }
            try options.print(table.text, .list(list))
        }
    }
}
