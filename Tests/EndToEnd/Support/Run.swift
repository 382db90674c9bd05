import Foundation
import Glibc

struct ProcessResult: Sendable, CustomStringConvertible {
    var command: String
    var exit: ChildProcess.Exit
    var output: String
    var errors: String

    var description: String { "\(command)\n\(exit)\n\(output)\n\(errors)" }

    /// The output without the line's end.
    var line: String { output.trimmingCharacters(in: .whitespacesAndNewlines) }
}

struct CommandFailed: Error, CustomStringConvertible {
    var result: ProcessResult
    var description: String { "failed: \(result)" }
}

/// Runs a program to its end and gives what it wrote. Throws when it fails, or takes longer than a broken one could.
@discardableResult
func run(
    _ program: String,
    _ arguments: String...,
    environment: [String: String] = [:],
    limit: Duration = .seconds(180)
) throws -> ProcessResult {
    let result = try runUnchecked(program, arguments, environment: environment, limit: limit)
    guard result.exit == .code(0) else { throw CommandFailed(result: result) }
    return result
}

/// The same for a program that is expected to fail.
func runUnchecked(
    _ program: String,
    _ arguments: [String],
    environment: [String: String] = [:],
    limit: Duration = .seconds(180)
) throws -> ProcessResult {
    let command = ([program] + arguments).joined(separator: " ")
    let child = try ChildProcess(program, arguments, environment: environment, group: true)
    var exit = child.wait(within: limit)
    if exit == nil {
        child.kill(SIGKILL)
        exit = child.wait(within: .seconds(30))
    }
    // A grandchild may hold the pipe for a moment longer than the program itself lives.
    try? eventually("the end of the output of \(command)", within: .seconds(10)) {
        child.output.isAtEnd && child.errors.isAtEnd
    }
    return ProcessResult(
        command: command, exit: exit ?? .signal(SIGKILL), output: child.output.text, errors: child.errors.text)
}
