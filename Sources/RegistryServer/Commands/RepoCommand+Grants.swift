import ArgumentParser
import RegistryCore

extension RepoCommand {
    struct Grant: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a user do something with a repository, or with a namespace.",
            discussion: """
                read: pull. write: push and delete, too. admin: what the owner may. It takes the place of what the user was \
                granted on the same pattern. Whoever has admin on '*' is an administrator.
                """
        )

        @OptionGroup var options: AdministrationOptions

        @Argument(help: "As alice/app, 'alice/*' or '*'.", transform: Nouns.pattern)
        var pattern: RepositoryPattern

        @Argument(transform: Nouns.user)
        var user: UserName

        @Argument(help: ArgumentHelp(valueName: "read|write|admin"), transform: Nouns.permission)
        var permission: Permission

        func run() async throws {
            try await options.withAdministration { administration, _ in
                try await administration.grant(permission, on: pattern, to: user)
                let grant = GrantRecord(pattern: pattern, user: user, permission: permission)
                try options.print("user \(user) has \(permission.rawValue) on \(pattern)\n", grant.tree)
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a grant back.",
            discussion: "What the user may do as the owner or by a grant on another pattern stays: registryd repo show."
        )

        @OptionGroup var options: AdministrationOptions

        @Argument(help: "As it was granted.", transform: Nouns.pattern)
        var pattern: RepositoryPattern

        @Argument(transform: Nouns.user)
        var user: UserName

        func run() async throws {
            try await options.withAdministration { administration, _ in
                try await administration.revoke(pattern, from: user)
                try options.print(
                    "user \(user) has no grant on \(pattern) any more\n",
                    .map(["repository": .words(pattern), "user": .words(user), "revoked": .text(true)]))
            }
        }
    }
}

extension GrantRecord {
    var tree: ConfigNode {
        .map(["repository": .words(pattern), "user": .words(user), "permission": .words(permission.rawValue)])
    }
}
