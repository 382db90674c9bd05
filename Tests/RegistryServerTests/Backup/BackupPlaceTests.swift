import Foundation
import MetadataSQL
import RegistryCore
import Testing

@testable import RegistryServer

struct BackupPlaceTests {
    private let backends = BackendSet(active: "disk", backends: ["disk": NoBlobs(), "s3": NoBlobs()])

    @Test func `a configuration names a backend or a folder`() throws {
        func place(_ yaml: String) throws -> BackupPlace {
            BackupPlace(try settings(storage + yaml).backup.rules, backends)
        }
        #expect(try place("") == .backend("disk"))
        #expect(try place("backup: { to: active }") == .backend("disk"))
        #expect(try place("backup: { to: s3 }") == .backend("s3"))
        #expect(try place("backup: { to: ./backups }") == .folder("/srv/backups"))
        #expect(try place("backup: { to: /backups }") == .folder("/backups"))
    }

    @Test func `a command line names a backend, a folder or a file`() throws {
        try withFolder { folder in
            func place(_ text: String) -> BackupPlace { BackupPlace(text, backends, workingDirectory: folder) }
            try FileManager.default.createDirectory(atPath: "\(folder)/there", withIntermediateDirectories: false)
            #expect(place("s3") == .backend("s3"))
            #expect(place("./s3") == .file("\(folder)/./s3"))
            #expect(place("s4") == .file("\(folder)/s4"))
            #expect(place("a.db") == .file("\(folder)/a.db"))
            #expect(place("there") == .folder("\(folder)/there"))
            #expect(place("/new/") == .folder("/new"))
        }
    }

    @Test(arguments: [
        (
            "backup: { to: s4 }",
            "file:4: backup.to: no backend “s4”; there are: disk, s3; a folder has a slash in its path, as ./s4"
        ),
        ("backup: { keep: 0 }", "file:4: backup.keep: expected 1 to 10000"),
        ("backup: { interval: 0s }", "file:4: backup.interval: expected more than 0s and at most 36500d, or never"),
        (
            "backup: { often: true }",
            "file:4: backup.often: not a key that this release knows; those it knows here: interval, keep, to"
        ),
    ])
    func `what makes no sense is refused`(_ yaml: String, _ message: String) {
        #expect(problems(storage + yaml) == [message])
    }

    @Test func `a reload takes it up`() throws {
        let before = try settings(storage)
        let after = try before.reloaded(
            from: try settings(storage + "backup: { interval: never, keep: 3, to: s3 }"))
        #expect(after.needRestart.isEmpty)
        #expect(after.settings.registrySettings.backup.interval == nil)
        #expect(after.settings.registrySettings.backup.keep == 3)
        #expect(after.settings.registrySettings.backup.to == "s3")
    }

    private let storage = """
        storage:
          active: disk
          backends: { disk: { driver: fs, root: /a }, s3: { driver: fs, root: /b } }

        """
}

struct RestoreSourceTests {
    @Test func `a backend, one of its snapshots, a file or a folder`() throws {
        try withFolder { folder in
            func source(_ text: String) throws -> RestoreSource {
                try RestoreSource(text, backends: ["disk", "s3"], workingDirectory: folder)
            }
            try Data().write(to: URL(filePath: "\(folder)/a.db"))
            try FileManager.default.createDirectory(atPath: "\(folder)/disk", withIntermediateDirectories: false)
            #expect(try source("s3") == .backend("s3", nil))
            #expect(try source("s3/20261125") == .backend("s3", "20261125"))
            #expect(try source("s3/backups/20261125T1") == .backend("s3", "20261125T1"))
            #expect(try source("disk") == .backend("disk", nil))
            #expect(try source("./disk") == .folder("\(folder)/./disk"))
            #expect(try source("a.db") == .file("\(folder)/a.db"))
            let error = try #require(throws: CommandFailure.self) { try source("s4") }
            #expect(error.code == .usage)
            #expect(error.message.contains("s4: there is no such file, and no such backend"), "\(error)")
            #expect(error.message.contains("there are: disk, s3"), "\(error)")
        }
    }

    @Test func `the newest snapshot, or the one that is meant; otherwise what there is`() throws {
        let times = ["20261124T000000Z", "20261125T000000Z", "20261125T120000Z"]
        let snapshots = try times.map { text in
            let time = try #require(Timestamp(compact: text[...]))
            return Snapshot(object: StoredObject(key: BackupKey(time: time, id: UploadID()).key, size: 1), time: time)
        }
        #expect(try RestoreSource.choose(nil, in: "s3", snapshots) == snapshots[2])
        #expect(try RestoreSource.choose("20261124", in: "s3", snapshots) == snapshots[0])
        #expect(try RestoreSource.choose(times[1], in: "s3", snapshots) == snapshots[1])
        for (name, words) in [("20261125", "2 such snapshots"), ("2025", "no such snapshot")] {
            let error = try #require(throws: CommandFailure.self) {
                try RestoreSource.choose(name, in: "s3", snapshots)
            }
            #expect(error.message.contains(words), "\(error)")
            for snapshot in snapshots { #expect(error.message.contains("s3/\(snapshot.object.key)"), "\(error)") }
        }
        #expect(throws: CommandFailure.self) { try RestoreSource.choose(nil, in: "s3", []) }
    }
}

struct FolderSnapshotTests {
    @Test func `names tell the time, and other files are left alone`() throws {
        try withFolder { folder in
            let snapshots = FolderSnapshots(folder: folder)
            let start = try #require(Timestamp(compact: "20261125T120000Z"))
            var ours: [FolderSnapshots.File] = []
            for _ in 0..<4 {
                let file = try snapshots.next(at: start + .milliseconds(500))
                try Data().write(to: URL(filePath: file.path))
                ours.append(file)
            }
            #expect(ours.map(\.time) == (0..<4).map { start + .seconds($0) })
            #expect(ours[1].path == "\(folder)/registry-20261125T120001Z.db")
            let draft = "registry-20261125T110000Z.db\(FolderSnapshots.draftSuffix)"
            for name in ["registry.db", "registry-2026.db", "registry-20261125T110000Z.db.gz", draft] {
                try Data().write(to: URL(filePath: "\(folder)/\(name)"))
            }
            #expect(try snapshots.list() == ours)
            // The first one is of another database.
            #expect(try snapshots.prune(keeping: 1, since: ours[1].time) == 2)
            #expect(try snapshots.list() == [ours[0], ours[3]])
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(names.count == 5)
            #expect(!names.contains(draft))
        }
    }
}

/// A backend of which only the name counts.
private struct NoBlobs: BlobStorage {
    struct Unused: Error {}
    var limits: StorageLimits { StorageLimits() }
    func upload(_ plan: UploadPlan) async throws -> any BlobUpload { throw Unused() }
    func resume(_ plan: UploadPlan, from checkpoint: UploadCheckpoint) async throws -> any BlobUpload {
        throw Unused()
    }
    func discard(_ plan: UploadPlan, _ checkpoint: UploadCheckpoint?) async throws { throw Unused() }
    func read(_ object: StoredObject, _ range: Range<Int64>) async throws -> BlobContent { throw Unused() }
    func delete(_ keys: [ObjectKey]) async -> [ObjectKey: any Error] { [:] }
    func objects(after: ObjectKey?) -> any AsyncSequence<StoredObject, any Error> & Sendable {
        AsyncThrowingStream { $0.finish(throwing: Unused()) }
    }
    func ready() async throws { throw Unused() }
    func diagnose() async -> [Finding] { [] }
}
