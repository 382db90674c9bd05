import Foundation
import RegistryCore
import Testing

@testable import RegistryServer

struct MigrationReportTests {
    private func report(
        copied: BlobCount = BlobCount(), failures: [MigrationFailure] = [], deletesSource: Bool = false,
        removed: Int = 0, openUploads: Int = 0
    ) -> MigrationReport {
        let migration = Migration(source: "disk", target: "minio", deletesSource: deletesSource)
        var progress = MigrationProgress(
            source: "disk", target: "minio", total: copied, started: Timestamp(milliseconds: 1))
        progress.copied = copied
        return MigrationReport(
            migration: migration, progress: progress, failures: failures, removed: removed, openUploads: openUploads)
    }

    private func failure() throws -> MigrationFailure {
        let digest = try #require(Digest("sha256:" + String(repeating: "a", count: 64)))
        let names = try ["alice/app", "bob/app"].map { try #require(RepositoryName($0)) }
        return MigrationFailure(digest: digest, repositories: names, reason: "damaged on disk: it is another")
    }

    @Test func `it says what was copied and removed`() {
        let all = report(copied: BlobCount(blobs: 1234, bytes: 3 << 30), deletesSource: true, removed: 1)
        #expect(
            all.text == """
                1,234 blobs, 3.0 GiB, copied from disk to minio and verified
                1 object removed from disk

                """)
        #expect(all.failure == nil)
        #expect(
            report(copied: BlobCount(blobs: 1, bytes: 5)).text
                == "1 blob, 5 B, copied from disk to minio and verified\n")
    }

    @Test func `it says when there was nothing to do`() {
        #expect(report().text == "nothing to copy: minio has every blob of disk\n")
        #expect(report().failure == nil)
    }

    @Test func `it says what will still come`() {
        #expect(
            report(openUploads: 1).text.hasSuffix(
                "\n1 upload that began on disk will end there: run it again when it is over\n"))
        #expect(
            report(openUploads: 2).text.hasSuffix(
                "\n2 uploads that began on disk will end there: run it again when they are over\n"))
    }

    @Test func `what could not be moved makes the command fail`() throws {
        let one = report(copied: BlobCount(blobs: 2, bytes: 9), failures: [try failure()])
        #expect(one.failure?.code == .failure)
        #expect(one.failure?.message == "1 blob could not be moved and stayed on disk: see above")
        let nothingElse = report(failures: [try failure()])
        #expect(!nothingElse.text.contains("nothing to copy"))
        #expect(
            try failure().text
                == "sha256:\(String(repeating: "a", count: 64)) (in alice/app, bob/app): damaged on disk: it is another"
        )
        var unknown = try failure()
        unknown.repositories = []
        #expect(unknown.text.contains(" (in no repository): "))
    }

    @Test func `programs get the same`() throws {
        let json = report(
            copied: BlobCount(blobs: 2, bytes: 9), failures: [try failure()], deletesSource: true, removed: 3,
            openUploads: 4
        ).tree.json
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        #expect(object["from"] as? String == "disk" && object["to"] as? String == "minio")
        #expect(object["blobs"] as? Int == 2 && object["bytes"] as? Int == 9)
        #expect(object["removed"] as? Int == 3 && object["open-uploads"] as? Int == 4)
        let failed = try #require(object["failed"] as? [[String: Any]])
        #expect(failed.map { $0["digest"] as? String } == [try failure().digest.description])
        #expect(failed[0]["repositories"] as? [String] == ["alice/app", "bob/app"])
        #expect(failed[0]["reason"] as? String == "damaged on disk: it is another")
    }
}
