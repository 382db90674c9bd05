import ArgumentParser
import Authentication
import RegistryCore

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Make, list and revoke tokens: passwords of a user that may do less, and end.",
        subcommands: [Create.self, List.self, Revoke.self]
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token and print it, this one time.",
            discussion: """
                It is used as its user's password. It allows what its scope says, and of that what its user may do at the time.
                """
        )

        @OptionGroup var options: AdministrationOptions

        @Option(name: .long, help: "Whose token it is.", transform: Nouns.user)
        var user: UserName

        @Option(
            name: .long,
            parsing: .singleValue,
            help: ArgumentHelp(
                "What it allows, as repository:alice/app:pull,push (also delete; alice/* or * for the name), "
                    + "or registry:catalog:*. May be repeated.",
                valueName: "scope")
        )
        var scope: [String]

        @Option(
            name: .long, help: ArgumentHelp("How long it lives, or never; 90d without it.", valueName: "time"),
            transform: Nouns.lifetime)
        var expires = Nouns.Lifetime(duration: .seconds(90 * 86_400))

        @Argument(help: "To tell it from the user's others.", transform: Nouns.token)
        var name: String

        func run() async throws {
            let scope = try Administration.scope(scope)
            let secret = Secrets.make(Secrets.robotPrefix)
            try await options.withAdministration { administration, _ in
                let token = try await administration.createToken(
                    name, for: user, scope, lifetime: expires.duration, hash: Secrets.hash(secret))
                var tree = token.tree
                tree.content = .map((tree.entries ?? []) + [.init(key: "token", value: .words(secret))])
                try options.print(secret + "\n", tree)
                if !options.json {
                    let end = token.expires.map { "until \($0)" } ?? "until it is revoked"
                    let note = "registryd: used as the password of \(user), good \(end); it is not shown again\n"
                    LogOutput.standardError.write(Array(note.utf8))
                }
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List tokens, without their secrets, also those that are over."
        )

        @OptionGroup var options: AdministrationOptions

        @Option(name: .long, help: "This user's alone.", transform: Nouns.user)
        var user: UserName?

        func run() async throws {
            try await options.withAdministration { administration, _ in
                let tokens = try await administration.tokens(of: user)
                let time = administration.now()
                let list = tokens.map { token in
                    var tree = token.tree
                    let isOver = ConfigNode.text(token.isOver(at: time))
                    tree.content = .map((tree.entries ?? []) + [.init(key: "expired", value: isOver)])
                    return tree
                }
                try options.print(tokens.table(at: time).text, .list(list))
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a token, and the logins with it.")

        @OptionGroup var options: AdministrationOptions

        @Option(name: .long, help: "Whose token it is.", transform: Nouns.user)
        var user: UserName

        @Argument(transform: Nouns.token)
        var name: String

        func run() async throws {
            try await options.withAdministration { administration, _ in
                try await administration.revokeToken(name, of: user)
                try options.print(
                    "token \(name) of user \(user) revoked\n",
                    .map(["user": .words(user), "name": .words(name), "revoked": .text(true)]))
            }
        }
    }
}

extension [TokenRecord] {
    fileprivate func table(at time: Timestamp) -> Table {
        Table(
            header: ["USER", "NAME", "CREATED", "EXPIRES", "SCOPE"],
            rows: map { token in
                let expires = token.expires?.description ?? "never"
                return [
                    token.user.description, token.name, token.created.description,
                    token.isOver(at: time) ? "\(expires) (expired)" : expires, token.scope.texts.joined(separator: " "),
                ]
            }
        )
    }
}

extension TokenRecord {
    fileprivate var tree: ConfigNode {
        .map([
            "user": .words(user), "name": .words(name), "scope": .list(scope.texts.map { .words($0) }),
            "created": .words(created), "expires": expires.map { .words($0) } ?? .null,
        ])
    }
}
