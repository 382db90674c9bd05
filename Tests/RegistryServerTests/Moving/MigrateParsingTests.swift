import ArgumentParser
import RegistryCore
import Testing

@testable import RegistryServer

struct MigrateParsingTests {
    private func parse(_ line: String) throws -> MigrateCommand {
        let words = line.split(separator: " ").map(String.init)
        return try #require(try RootCommand.parseAsRoot(words) as? MigrateCommand)
    }

    @Test func `it takes what it says`() throws {
        let plain = try parse("migrate --from disk --to minio")
        #expect(plain.from == "disk" && plain.to == "minio")
        #expect(plain.jobs == 4 && plain.rateLimit == nil && !plain.deleteSource && !plain.dryRun)
        let all = try parse(
            "migrate --from a --to b --jobs 256 --rate-limit 50MiB --delete-source --dry-run --json --data /d --config c"
        )
        #expect(all.jobs == 256 && all.rateLimit?.bytes == 50 << 20 && all.deleteSource && all.dryRun)
        #expect(all.options.json && all.options.data == "/d" && all.options.configuration.config == "c")
        #expect(try parse("migrate --from a --to b --rate-limit 65536").rateLimit?.bytes == 65536)
    }

    @Test(arguments: [
        ("migrate --from disk --to disk", "same backend"),
        ("migrate --from disk --to minio --jobs 0", "--jobs 0"),
        ("migrate --from disk --to minio --jobs 257", "--jobs 257"),
        ("migrate --from disk --to minio --jobs many", "many"),
        ("migrate --from disk --to minio --rate-limit fast", "fast"),
        ("migrate --from disk --to minio --rate-limit 63KiB", "at least 64KiB"),
        ("migrate --from disk --to minio --rate-limit 1023", "--rate-limit 1023"),
        ("migrate --from disk --to minio --rate-limit 0", "--rate-limit 0"),
        ("migrate --from disk", "--to"),
        ("migrate --to disk", "--from"),
        ("migrate disk minio", "--from"),
    ])
    func `anything else is an error of the command line that says what`(_ line: String, _ words: String) {
        let error = #expect(throws: (any Error).self) { try parse(line) }
        #expect(error.map { RootCommand.exitCode(for: $0).rawValue } == CommandFailure.Code.usage.rawValue)
        #expect(error.map { RootCommand.fullMessage(for: $0) }?.contains(words) == true)
    }
}
