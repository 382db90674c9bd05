import RegistryCore
import Testing

@testable import RegistryServer

/// What a collection says of objects that no row knows.
struct GarbageReportTests {
    @Test func `of objects that stay it is said why`() {
        var report = GarbageReport()
        #expect(report.text == "removed 0 blobs (0 B), 0 objects deleted\n")
        report.youngOrphans = 2
        #expect(report.text.contains("2 objects that no row knows: noted, and removed when gc.grace has passed\n"))
        report.restored = Timestamp(milliseconds: 0)
        #expect(
            report.text.contains(
                "objects that no row knows stay, as the database was restored or made anew at 1970-01-01T00:00:00"))
        #expect(report.text.contains("registryd gc --orphans\n"))
        #expect(report.problem == nil)
    }

    @Test func `a preview says of an object that no row knows whether it goes, or is only noted`() {
        let object = StoredObject(key: ObjectKey("unnamed/4c/x"), size: 4)
        let gone = Garbage.orphan(object, backend: "disk", seen: Timestamp(milliseconds: 0))
        let old = Garbage.youngOrphan(object, backend: "disk", seen: Timestamp(milliseconds: 0))
        let new = Garbage.youngOrphan(object, backend: "disk", seen: nil)
        #expect(gone.line.contains("no row knows it, first seen 1970-01-01T00:00:00"))
        #expect(!gone.line.contains("noted"))
        #expect(old.line.contains("first seen 1970-01-01T00:00:00"))
        #expect(old.line.hasSuffix(": noted, and removed when gc.grace has passed\n"))
        #expect(new.line.hasSuffix("first seen now: noted, and removed when gc.grace has passed\n"))
        #expect(gone.tree.json.contains("\"kind\": \"object\""), "\(gone.tree.json)")
        #expect(new.tree.json.contains("\"kind\": \"noted-object\""), "\(new.tree.json)")
        #expect(new.tree.json.contains("\"first-seen\": null"), "\(new.tree.json)")
    }

    @Test func `a backend that could not be listed makes the command fail, whatever else did not work`() {
        var report = GarbageReport()
        report.unlisted = ["s3": "nobody there", "disk": "not mounted"]
        let lines = [
            "the objects of backend disk could not be compared with the database: not mounted",
            "the objects of backend s3 could not be compared with the database: nobody there",
        ]
        #expect(report.problem?.message == lines.joined(separator: "\n"))
        report.failed = 1
        report.failure = "k: stuck"
        let first = "1 object could not be deleted, and stay for the next time: k: stuck"
        #expect(report.problem?.message == ([first] + lines).joined(separator: "\n"))
        #expect(report.tree.json.contains("\"why\": \"nobody there\""), "\(report.tree.json)")
    }

    @Test func `a storage of somebody else's is a matter of the configuration`() {
        let error = ForeignStorage("disk", StorageInstallation(id: "B", place: "/srv/registryd-storage"), .unknown)
        let failure = CommandFailure(error)
        #expect(failure.code == .configuration)
        #expect(
            failure.report.hasPrefix(
                "registryd: backend “disk” is another installation's: /srv/registryd-storage says B"))
    }
}
