import Testing

@testable import RegistryCore

struct BackupKeyTests {
    @Test func `a snapshot's key says when it was made`() throws {
        let key = BackupKey(time: Timestamp(milliseconds: 1_795_604_838_000), id: UploadID())
        #expect(key.key.description == "backups/20261125T110718Z.\(key.id)")
        #expect(BackupKey(key.key) == key)
        #expect(key.key.isBackup)
        #expect(key.key.digest == nil)
    }

    @Test(arguments: [
        "backups/20261125T114718Z", "backups/20261125T114718Z.x", "backups/20261131T114718Z.", "backups/2026-11-25.",
        "backups/20260229T000000Z.", "other/20261125T114718Z.", "backups/ 0261125T114718Z.",
    ])
    func `other names are no snapshots`(_ text: String) {
        let key = ObjectKey(text.hasSuffix(".") ? "\(text)\(UploadID())" : text)
        #expect(BackupKey(key) == nil)
    }

    @Test func `a blob's key gives its digest back`() {
        for algorithm in Digest.Algorithm.allCases {
            let digest = digest(of: "x", algorithm), id = UploadID()
            let key = UploadPlan(id: id, digest: digest).key
            #expect(key.digest == digest)
            let text = key.description
            for wrong in [
                "x\(text)", "\(text)x", text.replacing("/\(digest.hex.prefix(2))/", with: "/zz/"),
                text.replacing(".\(id)", with: ""),
            ] {
                #expect(ObjectKey(wrong).digest == nil, "\(wrong)")
            }
        }
        #expect(UploadPlan(id: UploadID()).key.digest == nil)
    }
}
