import ArgumentParser
import RegistryCore
import Testing

@testable import RegistryServer

struct AdoptCommandTests {
    @Test func `it takes the backend, and the rest has defaults`() throws {
        let words = ["adopt", "--backend", "old"]
        let command = try #require(try RootCommand.parseAsRoot(words) as? AdoptCommand)
        #expect(command.backend == "old")
        #expect(command.root == "/")
        #expect(command.copyTo == nil)
        #expect(!command.own && !command.dryRun)
    }

    @Test(arguments: [
        "adopt", "adopt old", "adopt --backend old --root ../other", "adopt --backend old --copy-to old",
        "adopt --backend old --own --copy-to new",
    ])
    func `anything else is an error of the command line`(_ line: String) {
        let words = line.split(separator: " ").map(String.init)
        let error = #expect(throws: (any Error).self) { try RootCommand.parseAsRoot(words) }
        #expect(error.map { RootCommand.exitCode(for: $0).rawValue } == CommandFailure.Code.usage.rawValue)
    }

    private func result(isDryRun: Bool = false, _ change: (inout AdoptionReport) -> Void) -> AdoptionResult {
        var report = AdoptionReport()
        report.repositories.known = 1
        report.known = BlobCount(blobs: 3, bytes: 4096)
        change(&report)
        return AdoptionResult(backend: "old", isDryRun: isDryRun, owns: false, report: report)
    }

    @Test func `what was taken is a table`() {
        let result = result { report in
            report.repositories.taken = 2
            report.tags.taken = 1234
            report.manifests.taken = 7
            report.taken = BlobCount(blobs: 9, bytes: 3 << 20)
        }
        #expect(
            result.text == """
                taken from old:

                                NEW      HERE BEFORE
                repositories    2        1
                tags            1,234    0
                manifests       7        0
                blobs           9        3
                bytes of blobs  3.0 MiB  4.0 KiB

                new repositories are public: registryd repo visibility NAME private changes that

                """)
        #expect(result.failure == nil)
    }

    @Test func `when nothing is new it says so`() {
        let result = result { _ in }
        #expect(result.text.hasPrefix("nothing is new: everything that can be taken from old is here\n"))
        #expect(!result.text.contains("visibility"))
    }

    @Test func `a tag that is kept is a line, and no failure`() {
        let kept = AdoptionProblem(.kept, "alice/app", "tag v1", "points elsewhere")
        let result = result { $0.problems = [kept] }
        #expect(result.text.contains("\nalice/app: tag v1 points elsewhere\n"))
        #expect(result.tree.json.contains(#""kind": "kept""#))
        #expect(result.failure == nil)
        let both = self.result { $0.problems = [kept, AdoptionProblem(.damaged, "app", nil, "is damaged")] }
        #expect(both.failure?.message == "1 problem in the old registry, see above; the rest is here")
    }

    @Test func `files that stay the old registry's are counted`() {
        let result = result { $0.unowned = BlobCount(blobs: 2, bytes: 4096) }
        #expect(result.text.contains("the files of 2 blobs, 4.0 KiB, stay the old registry's: "))
        #expect(result.tree.json.contains(#""not-owned": 2"#))
    }

    @Test func `a problem is a line, and makes it fail`() {
        let result = result(isDryRun: true) { report in
            report.tags.taken = 1
            report.problems = [AdoptionProblem(.brokenLink, "alice/app", "tag v1", "has an empty link")]
        }
        #expect(result.text.hasPrefix("would be taken from old"))
        #expect(result.text.contains("\n\nalice/app: tag v1 has an empty link\n"))
        #expect(result.failure?.code == .failure)
        #expect(result.failure?.message == "1 problem in the old registry, see above; the rest can be taken")
        #expect(result.tree.json.contains(#""kind": "broken-link""#))
    }
}
