import Foundation
import NIOCore
import RegistryCore
import StorageFS
import Testing

/// What a crash, or somebody's hand, may leave.
struct CrashTests {
    private let disk: Disk
    private let storage: FileStorage
    private let plan = UploadPlan(id: UploadID(), digest: anyDigest)

    init() throws {
        disk = try Disk()
        storage = try disk.open()
    }

    private func checkpoint(_ count: Int) async throws -> UploadCheckpoint {
        let upload = try await storage.upload(plan)
        try await upload.append(bytes(count))
        return try await upload.checkpoint()
    }

    private func cut(_ path: String, to length: UInt64) throws {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.truncate(atOffset: length)
        try file.close()
    }

    @Test func `between a commit's rename and the row: the upload goes on where the object was`() async throws {
        let checkpoint = try await checkpoint(1000)
        let first = try await storage.resume(plan, from: checkpoint)
        try await first.append(bytes(24, 1))
        let lost = try await first.commit(as: anyDigest)
        #expect(try disk.files() == ["blobs/\(lost.key)"])

        let second = try await disk.open().resume(plan, from: checkpoint)
        #expect(try disk.files() == ["uploads/\(plan.id)"])
        try await second.append(bytes(30, 2))
        let object = try await second.commit(as: anyDigest)
        #expect(object == StoredObject(key: lost.key, size: 1030))
        let content = try Data(contentsOf: URL(fileURLWithPath: disk.objectFile(object.key)))
        #expect(content == Data(repeating: 7, count: 1000) + Data(repeating: 2, count: 30))
    }

    @Test func `between a commit's rename and the row: an upload of one request begins again`() async throws {
        let lost = try await commit()
        let object = try await commit()
        #expect(lost == object)
        #expect(try await storage.allKeys() == [object.key])
    }

    private func commit() async throws -> StoredObject {
        let upload = try await storage.upload(plan)
        try await upload.append(bytes(10))
        return try await upload.commit(as: anyDigest)
    }

    @Test func `an upload whose file is gone has lost its checkpoint`() async throws {
        let checkpoint = try await checkpoint(1000)
        try FileManager.default.removeItem(atPath: disk.uploadFile(plan.id))
        #expect(await code { _ = try await storage.resume(plan, from: checkpoint) } == .checkpointLost)
    }

    @Test func `an upload whose file is too short has lost its checkpoint`() async throws {
        let checkpoint = try await checkpoint(1000)
        try cut(disk.uploadFile(plan.id), to: 999)
        #expect(await code { _ = try await storage.resume(plan, from: checkpoint) } == .checkpointLost)
    }

    @Test func `a checkpoint of a later release is lost on this one`() async throws {
        var checkpoint = try await checkpoint(1000)
        checkpoint.state = [99]
        #expect(await code { _ = try await storage.resume(plan, from: checkpoint) } == .checkpointLost)
    }

    @Test func `an upload whose file goes while it is fed is not committed`() async throws {
        let upload = try await storage.upload(plan)
        try await upload.append(bytes(1000))
        _ = try await upload.checkpoint()
        try FileManager.default.removeItem(atPath: disk.uploadFile(plan.id))
        #expect(await code { _ = try await upload.commit(as: anyDigest) } == .checkpointLost)
        #expect(try await storage.allKeys() == [])
    }

    @Test func `an upload whose file is cut while it is fed is not committed`() async throws {
        let upload = try await storage.upload(plan)
        try await upload.append(bytes(1000))
        _ = try await upload.checkpoint()
        try cut(disk.uploadFile(plan.id), to: 10)
        #expect(await code { _ = try await upload.commit(as: anyDigest) } == .failed)
        #expect(try await storage.allKeys() == [])
    }

    @Test(arguments: [0, 999, 1001])
    func `an object whose file has another length is not handed out`(length: UInt64) async throws {
        let object = try await storage.push(bytes(1000))
        try cut(disk.objectFile(object.key), to: length)
        #expect(await code { _ = try await storage.read(object, 0..<10) } == .objectDamaged)
    }

    @Test func `folders that somebody removed are made again`() async throws {
        let object = try await storage.push(bytes(10))
        _ = await storage.delete([object.key])
        try FileManager.default.removeItem(atPath: disk.root + "/blobs/sha256")
        #expect(try await storage.allKeys() == [])
        let second = try await storage.push(bytes(10))
        #expect(try await storage.allKeys() == [second.key])
    }
}
