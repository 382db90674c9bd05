import Foundation
import RegistryCore
import Testing

@testable import RegistryServer

struct ScrubReportTests {
    private let hex = String(repeating: "a", count: 64)

    private func damaged(images: [String] = [], more: Int = 0, repositories: [String] = [], copies: [String] = [])
        throws -> DamagedBlob
    {
        let digest = try #require(Digest("sha256:\(hex)"))
        let blob = BlobOnBackend(digest: digest, size: 1536, key: ObjectKey("k"), isOwned: true)
        return DamagedBlob(
            damage: BlobDamage(blob: blob, backend: "disk", reason: "gone", since: Timestamp(milliseconds: 0)),
            images: images, moreImages: more, repositories: try repositories.map { try #require(RepositoryName($0)) },
            copies: copies)
    }

    private func report(
        _ damaged: [DamagedBlob] = [], more: Int = 0, repaired: Int = 0, unreadable: Int = 0
    ) -> ScrubReport {
        var progress = ScrubProgress(backend: "disk", total: BlobCount(), started: Timestamp(milliseconds: 0))
        progress.checked = BlobCount(blobs: 1234, bytes: 3 << 30)
        return ScrubReport(backends: [
            ScrubReport.Backend(
                progress: progress, repaired: repaired, unreadable: unreadable, damaged: damaged, moreDamaged: more)
        ])
    }

    @Test func `where nothing is damaged it says what was read`() {
        #expect(report().text == "disk: 1,234 blobs, 3.0 GiB, read and verified\n")
        #expect(report().failure == nil)
        #expect(report(repaired: 2).text.hasSuffix("\ndisk: 2 blobs repaired\n"))
        #expect(report(repaired: 2).failure == nil)
    }

    @Test func `what is damaged is told with who needs it and what to do`() throws {
        let lost = try damaged(images: ["alice/app:v1", "bob/app:v2"], more: 3, repositories: ["alice/app"])
        let kept = try damaged(repositories: ["alice/app"], copies: ["minio"])
        let all = report([lost, kept, try damaged()], more: 1)
        #expect(
            all.text == """
                disk: 1,234 blobs, 3.0 GiB, read and verified
                sha256:\(hex) (1.5 KiB, needed by alice/app:v1, bob/app:v2 and 3 more) is damaged on disk: gone
                  no copy is left: push alice/app:v1, bob/app:v2 again
                sha256:\(hex) (1.5 KiB, in alice/app, needed by no image) is damaged on disk: gone
                  there is a copy on minio: registryd scrub --repair
                sha256:\(hex) (1.5 KiB, in no repository) is damaged on disk: gone
                  no copy is left
                disk: 1 more are damaged

                """)
        #expect(all.failure?.code == .failure && all.failure?.message == "4 blobs are damaged: see above")
        #expect(report(unreadable: 1).failure?.message == "1 blob could not be read: see above")
        #expect(
            report([lost], unreadable: 2).failure?.message == "1 blob is damaged, 2 blobs could not be read: see above")
    }

    @Test func `programs get the same`() throws {
        let lost = try damaged(images: ["alice/app:v1"], more: 3, repositories: ["alice/app"], copies: ["minio"])
        let json = report([lost], more: 1, repaired: 2, unreadable: 5).tree.json
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let backend = try #require((object["backends"] as? [[String: Any]])?.first)
        #expect(backend["backend"] as? String == "disk" && backend["blobs"] as? Int == 1234)
        #expect(backend["repaired"] as? Int == 2 && backend["unreadable"] as? Int == 5)
        #expect(backend["more-damaged"] as? Int == 1)
        let blob = try #require((backend["damaged"] as? [[String: Any]])?.first)
        #expect(blob["digest"] as? String == "sha256:\(hex)" && blob["size"] as? Int == 1536)
        #expect(blob["reason"] as? String == "gone" && blob["since"] as? String == "1970-01-01T00:00:00Z")
        #expect(blob["images"] as? [String] == ["alice/app:v1"] && blob["more-images"] as? Int == 3)
        #expect(blob["repositories"] as? [String] == ["alice/app"] && blob["copies"] as? [String] == ["minio"])
    }
}
