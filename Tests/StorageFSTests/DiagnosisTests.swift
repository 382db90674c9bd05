import Foundation
import RegistryCore
import Testing

@testable import StorageFS

struct DiagnosisTests {
    private let disk: Disk

    init() throws { disk = try Disk() }

    private func findings(_ root: String) throws -> [String: Finding] {
        let findings = FileDiagnosis(layout: try Layout(absolute: root)).findings()
        return Dictionary(findings.map { ($0.probe, $0) }) { $1 }
    }

    @Test func `says of a storage what it is, and that it works`() async throws {
        let storage = try FileStorage(root: disk.root, logger: .quiet)
        let before = try FileManager.default.subpathsOfDirectory(atPath: disk.root).sorted()
        let findings = Dictionary(await storage.diagnose().map { ($0.probe, $0) }) { $1 }
        #expect(findings["folder"]?.detail.contains("installation") == true)
        for probe in ["folder", "writing", "sync"] { #expect(findings[probe]?.verdict == .ok, "\(findings)") }
        for probe in ["space", "file system"] { #expect(findings[probe] != nil) }
        #expect(findings["lock"]?.detail == "process \(getpid()) serves from it")
        #expect(try FileManager.default.subpathsOfDirectory(atPath: disk.root).sorted() == before)
        withExtendedLifetime(storage) {}
    }

    @Test func `knows when no server uses it`() throws {
        _ = try disk.open()
        #expect(try findings(disk.root)["lock"]?.detail == "no server uses it at the moment")
    }

    @Test func `makes nothing where there is nothing yet`() throws {
        let findings = try findings(disk.root + "/below/it")
        #expect(findings["folder"]?.verdict == .ok)
        #expect(findings["folder"]?.detail.contains("not there yet") == true)
        #expect(findings["writing"]?.verdict == .ok)
        #expect(!FileManager.default.fileExists(atPath: disk.root))
    }

    @Test func `refuses what is somebody else's`() throws {
        try FileManager.default.createDirectory(atPath: disk.root, withIntermediateDirectories: true)
        try Data().write(to: URL(filePath: disk.root + "/photo.jpg"))
        let folder = try #require(try findings(disk.root)["folder"])
        #expect(folder.verdict == .failed && folder.detail.contains("photo.jpg"))
        let file = try #require(try findings(disk.root + "/photo.jpg")["folder"])
        #expect(file.verdict == .failed)
    }

    @Test func `says what to do where the marker cannot be written`() {
        let failure = Marker.creationFailure("/old/registryd-storage.x", Errno(code: EROFS))
        #expect(failure.code == .unavailable)
        #expect(failure.message.hasPrefix("create /old/registryd-storage.x: Read-only file system. "))
        #expect(failure.message.hasSuffix("mount it writable, or use a copy of it"))
        #expect(!Marker.creationFailure("/old/x", Errno(code: EACCES)).message.contains("mount"))
    }

    @Test func `takes another registry's files for what can be adopted`() throws {
        try disk.write("", to: "/docker/registry/v2/repositories/a/link")
        let folder = try #require(try findings(disk.root)["folder"])
        #expect(folder.verdict == .ok && folder.detail.contains("another registry's files"), "\(folder)")
        try disk.write("", to: "/photo.jpg")
        #expect(try findings(disk.root)["folder"]?.verdict == .failed)
    }

    @Test(arguments: [
        ("/srv/data/blobs", "nfs4", true), ("/srv/other", "ext4", false), ("/srv/my disk/x", "fuse.sshfs", true),
        ("/", "ext4", false), ("/srv/database", "ext4", false), ("/tmp/x", "tmpfs", true),
    ])
    func `knows network file systems and what is in memory`(_ path: String, _ kind: String, _ isRisk: Bool) {
        let table = """
            22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
            30 22 0:40 / /srv/data rw,relatime shared:5 - nfs4 host:/export rw
            31 22 0:41 / /srv/my\\040disk rw - fuse.sshfs host: rw
            32 22 8:2 / /tmp rw - ext4 /dev/sda2 rw
            33 32 0:42 / /tmp rw master:1 propagate_from:2 - tmpfs tmpfs rw
            """
        let name = FileSystemKind.name(of: path, in: table)
        #expect(name == kind)
        #expect((FileSystemKind(kind).risk != nil) == isRisk)
    }
}
