import ArgumentParser
import RegistryCore
import Testing

@testable import RegistryServer

struct ScrubParsingTests {
    private func parse(_ line: String) throws -> ScrubCommand {
        let words = line.split(separator: " ").map(String.init)
        return try #require(try RootCommand.parseAsRoot(words) as? ScrubCommand)
    }

    @Test func `it takes what it says`() throws {
        let plain = try parse("scrub")
        #expect(plain.backend == nil && plain.jobs == 4 && plain.rateLimit == nil && !plain.repair)
        let all = try parse("scrub --backend disk --jobs 256 --rate-limit 50MiB --repair --json --data /d --config c")
        #expect(all.backend == "disk" && all.jobs == 256 && all.rateLimit?.bytes == 50 << 20 && all.repair)
        #expect(all.options.json && all.options.data == "/d" && all.options.configuration.config == "c")
    }

    @Test(arguments: [
        ("scrub --jobs 0", "--jobs 0"), ("scrub --jobs 257", "--jobs 257"), ("scrub --rate-limit 1023", "1023"),
        ("scrub --rate-limit fast", "fast"), ("scrub disk", "disk"),
    ])
    func `anything else is an error of the command line that says what`(_ line: String, _ words: String) {
        let error = #expect(throws: (any Error).self) { try parse(line) }
        #expect(error.map { RootCommand.fullMessage(for: $0).contains(words) } == true)
    }
}
