import Foundation
import RegistryCore
import StorageFS
import Testing

struct RootLockTests {
    private let disk: Disk

    init() throws { disk = try Disk() }

    private func open(_ root: String) throws -> FileStorage { try FileStorage(root: root, logger: .quiet) }

    @Test func `one storage at a time has a root, by whatever path`() throws {
        let first = try open(disk.root)
        let link = disk.folder.path + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: disk.root)
        for path in [disk.root, disk.root + "/", link] {
            let error = #expect(throws: StorageError.self) { try open(path) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains(path == link ? link : disk.root) == true)
        }
        withExtendedLifetime(first) {}
    }

    @Test func `a root is free again when its storage is gone`() throws {
        _ = try open(disk.root)
        _ = try open(disk.root)
    }

    @Test func `two roots do not meet`() throws {
        let first = try open(disk.root + "/a")
        let second = try open(disk.root + "/b")
        withExtendedLifetime((first, second)) {}
    }
}
