import Foundation
import Logging
import MetadataSQL
import RegistryCore
import Testing

@testable import RegistryServer

struct RepoCommandTests {
    @Test func `a repository is made public unless told otherwise, shown, hidden and deleted`() async throws {
        try await CommandRunner.with { run in
            #expect(try await run("repo create alice/app").output == "public repository alice/app created\n")
            #expect(try await run("repo create alice/secret --visibility private").failure == nil)
            #expect(
                try await run("repo list").output == """
                    NAME          VISIBILITY
                    alice/app     public
                    alice/secret  private

                    """)
            #expect(try await run("repo visibility alice/app private").output == "repository alice/app is private\n")
            let list = try await run("repo list --json").list()
            #expect(list.map { $0["name"] as? String } == ["alice/app", "alice/secret"])
            #expect(list.map { $0["visibility"] as? String } == ["private", "private"])
            #expect(try await run("repo delete alice/app").output == "repository alice/app deleted\n")
            #expect(try await run("repo list --json").list().count == 1)
            #expect(
                try run.audit().map { $0["event"] } == [
                    "repository-created", "repository-created", "visibility-changed", "repository-deleted",
                ])
        }
    }

    @Test func `what was granted is shown with the repository, and by itself`() async throws {
        try await CommandRunner.with { run in
            for line in [
                "repo create alice/app", "user add bob --no-password", "repo grant alice/app bob write",
                "repo grant alice/* bob read", "repo grant * bob admin", "repo grant other/* bob read",
            ] {
                #expect(try await run(line).failure == nil, "\(line)")
            }
            let shown = try await run("repo show alice/app").output
            #expect(shown.hasPrefix("name        alice/app\nowner       alice\nvisibility  public\ncreated     20"))
            #expect(
                shown.hasSuffix(
                    """
                    tags        0
                    manifests   0
                    blobs       0
                    size        0 bytes

                    GRANT ON   USER  PERMISSION
                    alice/app  bob   write
                    alice/*    bob   read
                    *          bob   admin

                    """), "\(shown)")
            let json = try await run("repo show alice/app --json").object()
            #expect((json["grants"] as? [[String: String]])?.map { $0["repository"] } == ["alice/app", "alice/*", "*"])
            #expect(json["tags"] as? Int == 0)
            let namespace = try await run("repo show other/* --json").list()
            #expect(
                namespace as? [[String: String]] == [["repository": "other/*", "user": "bob", "permission": "read"]])
            #expect(
                try await run("repo revoke alice/app bob").output == "user bob has no grant on alice/app any more\n")
            #expect(try await run("repo revoke alice/app bob").failure?.code == .failure)
        }
    }

    @Test(arguments: [
        ("show alice/app", "see all: registryd repo list"), ("delete alice/app", "see all: registryd repo list"),
        ("visibility alice/app public", "make it: registryd repo create alice/app"),
    ])
    func `what does not exist says how to go on`(_ line: String, _ hint: String) async throws {
        try await CommandRunner.with { run in
            let refused = try await run("repo \(line)")
            #expect(refused.failure?.code == .failure)
            #expect(refused.failure?.message == "there is no repository alice/app; to \(hint)")
        }
    }

    @Test func `a list is read page by page`() async throws {
        try await withFolder { folder in
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let store = try SQLiteStore(path: "\(folder)/registry.db", logger: logger)
            var names: [String] = []
            for index in 0..<4 {
                let name = try #require(RepositoryName("alice/\(index)"))
                _ = try await store.createRepository(name, .public, at: Timestamp(milliseconds: 0))
                names.append(name.description)
            }
            for pageSize in 1...5 {
                #expect(try await store.summaries(pageSize: pageSize).map(\.name.description) == names)
            }
            try await store.close()
        }
    }
}
