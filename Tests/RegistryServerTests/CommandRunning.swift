import ArgumentParser
import Foundation
import RegistryCore
import Testing

@testable import RegistryServer

/// What a command did.
struct CommandResult {
    var output: String
    /// With what it ends; nil: it did what it was asked for.
    var failure: CommandFailure?

    /// The output, read as JSON.
    func json() throws -> Any { try JSONSerialization.jsonObject(with: Data(output.utf8)) }
    func object() throws -> [String: Any] { try #require(try json() as? [String: Any]) }
    func list() throws -> [[String: Any]] { try #require(try json() as? [[String: Any]]) }
}

private struct NoStorage: Error {}

/// Commands on one data folder.
struct CommandRunner {
    let folder: String
    var data: String { "\(folder)/data" }

    static func with(_ body: (CommandRunner) async throws -> Void) async throws {
        try await withFolder { try await body(CommandRunner(folder: $0)) }
    }

    /// Runs what follows the program's name on a command line. `input` is what standard input has.
    func callAsFunction(_ line: String, input: String = "") async throws -> CommandResult {
        let arguments = line.split(separator: " ").map(String.init) + ["--data", data]
        let output = try Pipe(), standardInput = try Pipe()
        try #require(LogOutput(descriptor: standardInput.writing).write(Array(input.utf8)) == 0)
        standardInput.closeWriting()
        let terminal = Terminal(descriptor: standardInput.reading, output: LogOutput(descriptor: output.writing))
        let disk = StorageDriver(name: "fs", section: DiskSection.self) { _, _ in throw NoStorage() }
        var failure: CommandFailure?
        do {
            var command = try #require(try RootCommand.parseAsRoot(arguments) as? any AsyncParsableCommand)
            try await Drivers.$current.withValue([disk]) {
                try await LogOutput.$standardOutput.withValue(LogOutput(descriptor: output.writing)) {
                    try await Terminal.$standard.withValue(terminal) { try await command.run() }
                }
            }
        } catch {
            failure = CommandFailure(error)
        }
        output.closeWriting()
        withExtendedLifetime(standardInput) {}
        return CommandResult(output: output.all(), failure: failure)
    }

    /// The audit log's lines without their time.
    func audit() throws -> [[String: String]] {
        try String(contentsOfFile: "\(data)/audit.log", encoding: .utf8).split(separator: "\n").map { line in
            var entry = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
            entry["time"] = nil
            return entry
        }
    }
}
