import Authentication
import Foundation
import Logging
import MetadataSQL
import RegistryCore
import Testing

@testable import RegistryServer

struct UserCommandTests {
    /// What the database says.
    private func hash(of user: String, _ run: CommandRunner) async throws -> String? {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let store = try SQLiteStore(path: "\(run.data)/registry.db", logger: logger)
        let record = try store.user(try #require(UserName(user)))
        try await store.close()
        return record?.passwordHash
    }

    @Test func `a user is added before the first start, with a password from the input`() async throws {
        try await CommandRunner.with { run in
            let added = try await run("user add alice --password-stdin", input: "s3cret\n")
            #expect(added.failure == nil)
            #expect(added.output == "user alice added\n")
            let hash = try #require(try await hash(of: "alice", run))
            #expect(PasswordHash.matches("s3cret", hash))
            #expect(
                try run.audit() == [
                    [
                        "event": "user-added",
                        "actor": SystemUser.actor(environment: ProcessInfo.processInfo.environment),
                        "origin": "command line", "user": "alice",
                    ]
                ])
        }
    }

    @Test func `a command needs nothing of what is said of storage, a variable that only the server has`() async throws
    {
        try await CommandRunner.with { run in
            let file = "\(run.folder)/registryd.yaml"
            let yaml = "storage: { backends: { s3: { driver: s3, secret-access-key: \"${NOBODY_HAS_THIS}\" } } }\n"
            try Data(yaml.utf8).write(to: URL(filePath: file))
            let listed = try await run("user list --config \(file)")
            #expect(listed.failure == nil)
            let wrong = try await run("user list --config \(file) --set log.level=loud")
            #expect(wrong.failure?.code == .configuration)
            #expect(wrong.failure?.message.contains("NOBODY_HAS_THIS") == false)
        }
    }

    @Test func `a command takes no lock from a server`() async throws {
        try await CommandRunner.with { run in
            let server = try DataFolder(run.data)
            #expect(try await run("user add alice --no-password").failure == nil)
            withExtendedLifetime(server) {}
        }
    }

    @Test func `a password is changed`() async throws {
        try await CommandRunner.with { run in
            _ = try await run("user add alice --no-password")
            #expect(try await hash(of: "alice", run) == nil)
            let changed = try await run("user passwd alice --password-stdin --json", input: "other")
            #expect(try changed.object()["user"] as? String == "alice")
            #expect(PasswordHash.matches("other", try #require(try await hash(of: "alice", run))))
            #expect(try run.audit().map { $0["event"] } == ["user-added", "password-changed"])
        }
    }

    @Test func `users are a table for people and a list for programs`() async throws {
        try await CommandRunner.with { run in
            #expect(try await run("user list").output == "NAME  PASSWORD  CREATED  CHANGED\n")
            #expect(try await run("user list --json").output == "[]\n")
            _ = try await run("user add carol --no-password")
            _ = try await run("user add al --password-stdin", input: "s3cret")
            let lines = try await run("user list").output.split(separator: "\n")
            #expect(lines.first == "NAME   PASSWORD  CREATED               CHANGED")
            #expect(lines.dropFirst().map { $0.prefix(17) } == ["al     yes       ", "carol  no        "])
            let list = try await run("user list --json").list()
            #expect(list.map { $0["name"] as? String } == ["al", "carol"])
            #expect(list.map { $0["password"] as? Bool } == [true, false])
            let created = try #require(list.first?["created"] as? String)
            #expect(created.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)
        }
    }

    @Test func `a user is removed, once`() async throws {
        try await CommandRunner.with { run in
            _ = try await run("user add alice --no-password")
            #expect(try await run("user remove alice").output == "user alice removed\n")
            let again = try await run("user remove alice")
            #expect(again.failure?.code == .failure)
            #expect(again.failure?.message == "there is no user alice; to see all: registryd user list")
        }
    }

    @Test func `nothing is asked for a user that cannot be added or changed`() async throws {
        try await CommandRunner.with { run in
            _ = try await run("user add alice --no-password")
            // Otherwise it would be the missing terminal.
            #expect(try await run("user add alice").failure?.message.contains("already") == true)
            #expect(try await run("user passwd bob").failure?.message.contains("there is no user bob") == true)
            #expect(try await run("user passwd alice").failure?.code == .usage)
        }
    }

    @Test func `a name that no repository can have is pointed out`() async throws {
        try await CommandRunner.with { run in
            let added = try await run("user add Alice --no-password")
            #expect(added.output.contains("no repository can be below Alice/"))
        }
    }

    @Test func `a user of the htpasswd file is known, and changed there`() async throws {
        try await CommandRunner.with { run in
            let hash = "$2y$05$" + String(repeating: "a", count: 53)
            try Data("carol:\(hash)\n".utf8).write(to: URL(filePath: "\(run.folder)/users"))
            let set = "--set access.htpasswd=\(run.folder)/users"
            #expect(try await run("token create ci --user carol --scope repository:*:pull \(set)").failure == nil)
            #expect(try await run("user passwd carol \(set)").failure?.message.contains("htpasswd") == true)
            #expect(
                try await run("token create ci --user dave --scope repository:*:pull \(set)").failure?.code == .failure)
        }
    }

    @Test func `an htpasswd file that is not there has nobody in it, one that cannot be read is an error`() async throws
    {
        try await CommandRunner.with { run in
            let set = "--set access.htpasswd=\(run.folder)/none"
            _ = try await run("user add alice --no-password")
            let granted = try await run("repo grant * dave read \(set)")
            #expect(granted.failure?.code == .failure)
            #expect(granted.failure?.message == "there is no user dave; to add one: registryd user add dave")
            #expect(try await run("token list --user dave \(set)").failure?.code == .failure)
            #expect(try await run("user remove alice \(set)").output == "user alice removed\n")
            // A folder is no file.
            let unreadable = try await run("repo grant * dave read --set access.htpasswd=\(run.folder)")
            #expect(unreadable.failure?.code == .configuration)
        }
    }

    @Test func `who is removed and can still log in is pointed out`() async throws {
        try await CommandRunner.with { run in
            let hash = "$2y$05$" + String(repeating: "a", count: 53)
            try Data("carol:\(hash)\n".utf8).write(to: URL(filePath: "\(run.folder)/users"))
            let set = "--set access.htpasswd=\(run.folder)/users"
            for line in ["user add carol --no-password", "user add dave --no-password"] { _ = try await run(line) }
            #expect(
                try await run("user remove carol \(set)").output
                    == "user carol removed\ncarol is also in the htpasswd file, and can still log in: remove the line there\n"
            )
            #expect(try await run("user remove dave \(set)").output == "user dave removed\n")
            _ = try await run("user add carol --no-password")
            #expect(try await run("user remove carol --json \(set)").object()["in-htpasswd"] as? Bool == true)
        }
    }
}
