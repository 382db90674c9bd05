import Foundation
import RegistryCore
import Testing

@testable import StorageFS

/// When a file that is there is opened without a thread for it.
struct AtHandTests {
    private let disk: Disk
    private let folders: Folders
    private let live = LiveUploads()
    private let plan = UploadPlan(id: UploadID(), digest: anyDigest)

    init() throws {
        disk = try Disk()
        folders = try disk.open().folders
        try Data(repeating: 7, count: 10).write(to: URL(filePath: folders.layout.upload(plan.id)))
    }

    private func file() -> UploadFile { UploadFile(plan, folders: folders, live: live) }

    @Test func `it ends where the upload is, and nobody has it`() throws {
        let file = file()
        #expect(file.openAtHand(at: 10, isSynced: true))
        try file.write([bytes(5, 8)], at: 10)
        try file.commit([], at: 15, size: 15, as: plan.key)
        let content = try Data(contentsOf: URL(filePath: disk.objectFile(plan.key)))
        #expect(content == Data(repeating: 7, count: 10) + Data(repeating: 8, count: 5))
    }

    @Test(arguments: [1, 9, 11] as [Int64])
    func `not where it is shorter or longer, and it stays as it is`(_ offset: Int64) throws {
        #expect(!file().openAtHand(at: offset, isSynced: true))
        #expect(try Data(contentsOf: URL(filePath: folders.layout.upload(plan.id))).count == 10)
    }

    @Test func `not where an earlier request may be writing still, though it ends there`() throws {
        let earlier = file()
        try earlier.open(at: 10, isSynced: true)
        let later = file()
        #expect(!later.openAtHand(at: 10, isSynced: true))
        try later.open(at: 10, isSynced: true)
        #expect(throws: StorageError.self) { try earlier.write([bytes(1)], at: 10) }
        try later.write([bytes(1)], at: 10)
    }

    @Test func `not where there is none`() throws {
        try FileManager.default.removeItem(atPath: folders.layout.upload(plan.id))
        #expect(!file().openAtHand(at: 10, isSynced: true))
    }
}
