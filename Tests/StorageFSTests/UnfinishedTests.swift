import Foundation
import NIOCore
import RegistryCore
import Testing

@testable import StorageFS

struct UnfinishedTests {
    private let disk: Disk
    private let storage: FileStorage

    init() throws {
        disk = try Disk()
        storage = try disk.open()
    }

    private func unfinished() async throws -> [UploadID] {
        var ids: [UploadID] = []
        for try await id in storage.unfinished() { ids.append(id) }
        return ids
    }

    @Test func `an upload whose file is there is unfinished, whoever began it`() async throws {
        #expect(try await unfinished() == [])
        let plan = UploadPlan(id: UploadID(), digest: anyDigest)
        let upload = try await storage.upload(plan)
        try await upload.append(bytes(10))
        _ = try await upload.checkpoint()
        #expect(try await unfinished() == [plan.id])
        try await storage.discard(UploadPlan(id: plan.id), nil)
        #expect(try await unfinished() == [])
    }

    @Test func `thousands are listed once each, and what others put there is not`() async throws {
        let ids = Set((0..<1234).map { _ in UploadID() })
        for id in ids { try Data().write(to: URL(fileURLWithPath: disk.uploadFile(id))) }
        for index in 0..<600 { try Data().write(to: URL(fileURLWithPath: "\(disk.root)/uploads/other-\(index)")) }
        let listed = try await unfinished()
        #expect(listed.count == ids.count)
        #expect(Set(listed) == ids)
        #expect(!openFiles().contains { $0.hasPrefix(disk.root) })
    }

    @Test func `a storage that is not mounted is no storage without uploads`() async throws {
        try FileManager.default.removeItem(atPath: disk.root)
        #expect(await code { _ = try await unfinished() } == .unavailable)
    }
}
