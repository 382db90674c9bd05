import ArgumentParser
import RegistryCore
import Testing

@testable import RegistryServer

struct CommandParsingTests {
    private func parse<Command: ParsableCommand>(_ line: String, as type: Command.Type) throws -> Command {
        let words = line.split(separator: " ").map(String.init)
        return try #require(try RootCommand.parseAsRoot(words) as? Command)
    }

    @Test(arguments: [
        ("90d", 90 * 86_400), ("24h", 86_400), ("1s", 1), ("36500d", 36_500 * 86_400), ("never", nil),
    ])
    func `a token lives as long as it says`(_ text: String, _ seconds: Int?) throws {
        let line = "token create ci --user alice --scope a --expires \(text)"
        let duration = try parse(line, as: TokenCommand.Create.self).expires.duration
        #expect(duration == seconds.map { .seconds($0) })
    }

    @Test func `a command takes the options of all commands`() throws {
        let line = "repo grant alice/app bob write --config f.yaml --data /d --set log.level=debug --json"
        let command = try parse(line, as: RepoCommand.Grant.self)
        #expect(command.options.json)
        #expect(command.options.data == "/d")
        #expect(command.options.configuration.config == "f.yaml")
        #expect(command.options.configuration.assignments == ["log.level=debug"])
        #expect(command.permission == .write)
        #expect(command.pattern.description == "alice/app")
    }

    @Test(arguments: [
        "user", "user add", "user add a/b", "user add alice secret", "user add alice --password secret",
        "user add alice --no-password --password-stdin", "user add alice --listen 127.0.0.1:1",
        "token create ci --scope repository:*:pull", "token create ci --user alice",
        "token create a/b --user alice --scope x", "token create ci --user alice --scope x --expires 0s",
        "token create ci --user alice --scope x --expires 36501d",
        "token create ci --user alice --scope x --expires soon",
        "token revoke ci", "repo create alice/*", "repo create Alice/app", "repo create alice/app --visibility secret",
        "repo visibility alice/app", "repo grant alice/team/* bob read", "repo grant alice/app bob pull",
        "repo revoke alice/app", "keys", "keys rotate now",
    ])
    func `anything else is an error of the command line`(_ line: String) {
        // A command without its subcommand shows its help, which is no error by itself.
        let words = line.split(separator: " ").map(String.init)
        if words.count == 1 {
            #expect(throws: (any Error).self) {
                var command = try RootCommand.parseAsRoot(words)
                try command.run()
            }
            return
        }
        let error = #expect(throws: (any Error).self) { try RootCommand.parseAsRoot(words) }
        #expect(error.map { RootCommand.exitCode(for: $0).rawValue } == CommandFailure.Code.usage.rawValue)
    }

    @Test func `a pattern that is none says which one is`() {
        let words = ["repo", "grant", "alice/team/*", "bob", "read"]
        let error = #expect(throws: (any Error).self) { try RootCommand.parseAsRoot(words) }
        #expect(error.map { RootCommand.message(for: $0) }?.contains("alice/* is one") == true)
    }
}

struct TableTests {
    @Test func `columns are as wide as what is in them, and lines end with the last`() {
        let table = Table(header: ["A", "LONG", "C"], rows: [["wide", "x", ""], ["y", "", "z"]])
        #expect(table.text == "A     LONG  C\nwide  x     \ny           z\n")
    }
}
