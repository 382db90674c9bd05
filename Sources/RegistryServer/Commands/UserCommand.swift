import ArgumentParser
import Authentication
import RegistryCore

struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Add, list and remove those who log in.",
        discussion: """
            Changes hold at once, also for a server that runs. Users of access.htpasswd are kept in that file and not here.
            """,
        subcommands: [Add.self, Passwd.self, List.self, Remove.self]
    )

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a user. Asks for a password, twice."
        )

        @OptionGroup var options: AdministrationOptions
        @OptionGroup var password: PasswordOptions

        @Flag(name: .long, help: "The user comes with tokens or certificates, or from the htpasswd file.")
        var noPassword = false

        @Argument(help: "Owns the repositories whose names begin with NAME/.", transform: Nouns.user)
        var name: UserName

        func validate() throws {
            guard !(noPassword && password.passwordStdin) else {
                throw ValidationError("--no-password and --password-stdin do not go together")
            }
        }

        func run() async throws {
            try await options.withAdministration { administration, _ in
                try await administration.checkNew(name)
                let hash = noPassword ? nil : try password.hash(for: name)
                try await administration.addUser(name, passwordHash: hash)
                try options.print("user \(name) added\n\(note)", .map(["user": .words(name), "added": .text(true)]))
            }
        }

        private var note: String {
            guard RepositoryName(name.description) == nil else { return "" }
            return
                "no repository can be below \(name)/, as names of repositories are lower-case letters, digits and . _ -\n"
        }
    }

    struct Passwd: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set a user's password. Asks for it, twice.",
            discussion: "Logins with the old one end; tokens stay."
        )

        @OptionGroup var options: AdministrationOptions
        @OptionGroup var password: PasswordOptions

        @Argument(transform: Nouns.user)
        var name: UserName

        func run() async throws {
            try await options.withAdministration { administration, _ in
                try await administration.checkHere(name)
                try await administration.setPassword(try password.hash(for: name), of: name)
                try options.print(
                    "password of user \(name) changed\n", .map(["user": .words(name), "changed": .text(true)]))
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List users, but for those of the htpasswd file.")

        @OptionGroup var options: AdministrationOptions

        func run() async throws {
            try await options.withAdministration { _, store in
                let users = try await store.users()
                try options.print(users.table.text, .list(users.map(\.tree)))
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a user with all grants and tokens.",
            discussion: """
                Repositories below NAME/ stay, and belong to nobody until there is a user of that name again, who owns them; \
                registryd repo delete removes them. Also for somebody who was removed from the htpasswd file: the grants and \
                tokens are kept here.
                """
        )

        @OptionGroup var options: AdministrationOptions

        @Argument(transform: Nouns.user)
        var name: UserName

        func run() async throws {
            try await options.withAdministration { administration, _ in
                let remains = try await administration.removeUser(name)
                let note = "\(name) is also in the htpasswd file, and can still log in: remove the line there\n"
                try options.print(
                    "user \(name) removed\n\(remains ? note : "")",
                    .map(["user": .words(name), "removed": .text(true), "in-htpasswd": .text(remains)]))
            }
        }
    }
}

/// How a command gets a password.
struct PasswordOptions: ParsableArguments {
    @Flag(name: .long, help: "Take the password from the first line of standard input.")
    var passwordStdin = false

    /// To keep instead of it.
    func hash(for user: UserName) throws -> String {
        let reader = PasswordReader()
        let password =
            passwordStdin ? try reader.fromInput() : try reader.fromTerminal(for: user.description)
        return try PasswordHash.make(password)
    }
}

extension [UserRecord] {
    fileprivate var table: Table {
        Table(
            header: ["NAME", "PASSWORD", "CREATED", "CHANGED"],
            rows: map {
                [
                    $0.name.description, $0.passwordHash == nil ? "no" : "yes", $0.created.description,
                    $0.changed.description,
                ]
            }
        )
    }
}

extension UserRecord {
    fileprivate var tree: ConfigNode {
        .map([
            "name": .words(name), "password": .text(passwordHash != nil), "created": .words(created),
            "changed": .words(changed),
        ])
    }
}
