import Foundation
import Logging
import RegistryCore
import Testing

@testable import RegistryServer

private let time = WallTime(seconds: 1_795_426_200, nanoseconds: 123_999_999)

private let granted = AuditEvent(
    .granted, actor: "root", origin: "command line",
    [("repository", "alice/app"), ("user", "bob"), ("permission", "write")])

private let grantedLine =
    #"{"time":"2026-11-23T09:30:00.123Z","event":"granted","actor":"root","#
    + #""origin":"command line","repository":"alice/app","user":"bob","permission":"write"}"# + "\n"

private func contents(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

struct AuditFileTests {
    private let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func file(_ path: String) -> AuditFile { AuditFile(path, logger: silent, now: { time }) }

    @Test func `an event is a line of JSON`() async throws {
        try await withFolder { folder in
            await file("\(folder)/audit.log").record(granted)
            let text = try contents("\(folder)/audit.log")
            #expect(text == grantedLine)
        }
    }

    @Test func `nobody in particular is null, and nothing in a value ends the line or takes another's place`()
        async throws
    {
        try await withFolder { folder in
            let event = AuditEvent(.loginFailed, actor: nil, origin: "::1", [("user", "a\"\n\\"), ("event", "x")])
            await file("\(folder)/audit.log").record(event)
            let text = try contents("\(folder)/audit.log")
            #expect(
                text
                    == #"{"time":"2026-11-23T09:30:00.123Z","event":"login-failed","actor":null,"origin":"::1","#
                    + #""user":"a\"\n\\","_event":"x"}"# + "\n")
        }
    }

    @Test func `only its owner reads it`() async throws {
        try await withFolder { folder in
            await file("\(folder)/audit.log").record(granted)
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/audit.log")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func `a file that was renamed is followed by a new one`() async throws {
        try await withFolder { folder in
            let path = "\(folder)/audit.log", log = file("\(folder)/audit.log")
            await log.record(granted)
            await log.record(granted)
            try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
            await log.record(granted)
            #expect(try contents(path + ".1") == grantedLine + grantedLine)
            #expect(try contents(path) == grantedLine)
        }
    }

    @Test func `two processes and many tasks share it`() async throws {
        try await withFolder { folder in
            let path = "\(folder)/audit.log"
            let logs = [file(path), file(path)]
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<100 { group.addTask { await logs[index % 2].record(granted) } }
            }
            let text = try contents(path)
            #expect(text == String(repeating: grantedLine, count: 100))
        }
    }

    @Test(arguments: ["/dev/full", "/nonexistent/audit.log"])
    func `a line that cannot be written goes to the log`(_ path: String) async throws {
        let pipe = try Pipe()
        let logs = Logs(to: LogOutput(descriptor: pipe.writing))
        await AuditFile(path, logger: logs.logger("test"), now: { time }).record(granted)
        logs.sink.close()
        pipe.closeWriting()
        let text = pipe.all()
        #expect(text.contains(" error the audit log cannot be written"), "\(text)")
        #expect(text.contains(path))
        #expect(text.contains(#"\"user\":\"bob\""#))
    }
}

struct SystemUserTests {
    @Test func `the command line's actor is the system's user, and who became it`() {
        let name = SystemUser.actor(environment: [:])
        #expect(!name.isEmpty)
        #expect(SystemUser.actor(environment: ["SUDO_USER": "alice"]) == "\(name) (sudo by alice)")
        #expect(SystemUser.actor(environment: ["SUDO_USER": ""]) == name)
    }

    @Test func `a user without a name has a number`() {
        #expect(SystemUser.name(4_000_000_000) == "uid 4000000000")
        #expect(SystemUser.name(0) == "root")
    }
}
