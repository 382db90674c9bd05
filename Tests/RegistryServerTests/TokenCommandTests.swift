import Authentication
import Foundation
import Logging
import MetadataSQL
import RegistryCore
import Testing

@testable import RegistryServer

struct TokenCommandTests {
    private func token(_ secret: String, _ run: CommandRunner) async throws -> TokenRecord? {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let store = try SQLiteStore(path: "\(run.data)/registry.db", logger: logger)
        let record = try store.token(hash: Secrets.hash(secret))
        try await store.close()
        return record
    }

    @Test func `the secret alone is printed, and found by its hash`() async throws {
        try await CommandRunner.with { run in
            _ = try await run("user add alice --no-password")
            let made = try await run(
                "token create ci --user alice --scope repository:alice/app:pull,push --scope registry:catalog:*")
            #expect(made.failure == nil)
            #expect(made.output.hasPrefix("rdt_"))
            #expect(made.output.split(separator: "\n").count == 1)
            let token = try #require(try await token(String(made.output.dropLast()), run))
            #expect(token.name == "ci")
            #expect(token.scope.texts == ["registry:catalog:*", "repository:alice/app:pull,push"])
            let expires = try #require(token.expires)
            #expect(expires.milliseconds - token.created.milliseconds == 90 * 86_400_000)
            #expect(try run.audit().allSatisfy { entry in !entry.values.contains { $0.contains("rdt_") } })
        }
    }

    @Test func `a token may live for ever, and be an object`() async throws {
        try await CommandRunner.with { run in
            _ = try await run("user add alice --no-password")
            let made = try await run("token create ci --user alice --scope repository:*:pull --expires never --json")
                .object()
            #expect(made["name"] as? String == "ci")
            #expect(made["user"] as? String == "alice")
            #expect(made["scope"] as? [String] == ["repository:*:pull"])
            #expect(made["expires"] is NSNull)
            let secret = try #require(made["token"] as? String)
            #expect(try await token(secret, run)?.expires == nil)
        }
    }

    @Test func `tokens are listed without their secrets`() async throws {
        try await CommandRunner.with { run in
            _ = try await run("user add alice --no-password")
            _ = try await run("user add bob --no-password")
            _ = try await run("token create ci --user bob --scope repository:*:pull --expires never")
            _ = try await run("token create ci --user alice --scope repository:alice/*:* --expires 1h")
            let all = try await run("token list --json").list()
            #expect(all.map { $0["user"] as? String } == ["alice", "bob"])
            #expect(all.allSatisfy { Set($0.keys) == ["user", "name", "scope", "created", "expires", "expired"] })
            #expect(all.allSatisfy { $0["expired"] as? Bool == false })
            let text = try await run("token list --user bob").output.split(separator: "\n")
            #expect(text.count == 2)
            #expect(text.last?.hasPrefix("bob   ci    20") == true)
            #expect(text.last?.hasSuffix("Z  never    repository:*:pull") == true)
        }
    }

    @Test func `a token that is over is marked, and says so when its name is taken`() async throws {
        try await CommandRunner.with { run in
            _ = try await run("user add alice --no-password")
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let store = try SQLiteStore(path: "\(run.data)/registry.db", logger: logger)
            let token = TokenRecord(
                id: "1", name: "e", user: try #require(UserName("alice")),
                scope: try Administration.scope(["repository:*:pull"]), created: Timestamp(milliseconds: 0),
                expires: Timestamp(milliseconds: 1000))
            #expect(try await store.addToken(token, hash: "h"))
            try await store.close()
            #expect(try await run("token list").output.contains("1970-01-01T00:00:01Z (expired)  repository:*:pull"))
            #expect(try await run("token list --json").list().first?["expired"] as? Bool == true)
            let refused = try await run("token create e --user alice --scope repository:*:pull")
            #expect(refused.failure?.message.contains("has expired") == true)
            #expect(refused.failure?.message.contains("registryd token revoke e --user alice") == true)
        }
    }

    @Test func `tokens of nobody are an error`() async throws {
        try await CommandRunner.with { run in
            let refused = try await run("token list --user nobody")
            #expect(refused.failure?.code == .failure)
            #expect(refused.failure?.message.contains("there is no user nobody") == true)
            _ = try await run("user add alice --no-password")
            #expect(try await run("token list --user alice --json").output == "[]\n")
        }
    }

    @Test func `a token is revoked`() async throws {
        try await CommandRunner.with { run in
            _ = try await run("user add alice --no-password")
            let made = try await run("token create ci --user alice --scope repository:*:pull")
            #expect(try await run("token revoke ci --user alice").output == "token ci of user alice revoked\n")
            #expect(try await token(String(made.output.dropLast()), run) == nil)
            #expect(try await run("token revoke ci --user alice").failure?.code == .failure)
        }
    }

    @Test func `a scope that is none is an error of the command line`() async throws {
        try await CommandRunner.with { run in
            let refused = try await run("token create ci --user alice --scope alice/app")
            #expect(refused.failure?.code == .usage)
            #expect(refused.failure?.message.contains("“alice/app” is no scope") == true)
        }
    }
}

struct KeysCommandTests {
    @Test func `keys are made, listed and dropped`() async throws {
        try await CommandRunner.with { run in
            #expect(try await run("keys list --json").list().isEmpty)
            let first = try #require(try await run("keys rotate --json").object()["key"] as? String)
            let second = try #require(try await run("keys rotate --json").object()["key"] as? String)
            let list = try await run("keys list --json").list()
            #expect(list.map { $0["key"] as? String } == [second, first])
            #expect(list.map { $0["signs"] as? Bool } == [true, false])
            let dropped = try await run("keys rotate --drop-old --json").object()
            #expect(dropped["removed"] as? [String] == [second, first])
            let lines = try await run("keys list").output.split(separator: "\n")
            #expect(lines.count == 2)
            #expect(lines.first?.hasPrefix("KEY ") == true)
            #expect(lines.last?.hasSuffix("  yes") == true)
            #expect(try run.audit().map { $0["event"] } == Array(repeating: "keys-rotated", count: 3))
            #expect(try run.audit().first?["key"] == first)
            #expect(try run.audit().map { $0["removed"] } == [nil, nil, "\(second) \(first)"])
        }
    }
}
