import Foundation
import RegistryCore
import StorageFS
import Testing

/// A root that is not there any more, as when its disk was not mounted.
struct ReadinessTests {
    private let disk: Disk
    private let storage: FileStorage

    init() throws {
        disk = try Disk()
        storage = try disk.open()
    }

    private func lose() throws {
        try FileManager.default.moveItem(atPath: disk.root, toPath: disk.root + "-elsewhere")
        try FileManager.default.createDirectory(atPath: disk.root, withIntermediateDirectories: true)
    }

    @Test func `ends when the root is lost`() async throws {
        try await storage.ready()
        try lose()
        #expect(await code { try await storage.ready() } == .unavailable)
    }

    @Test func `ends when another storage is in its place`() async throws {
        try lose()
        _ = try disk.open()
        #expect(await code { try await storage.ready() } == .unavailable)
    }

    @Test func `a lost root is no missing object, no deleted one and no empty list`() async throws {
        let object = try await storage.push(bytes(10))
        try lose()
        #expect(await code { _ = try await storage.read(object, 0..<10) } == .unavailable)
        #expect(await storage.delete([object.key])[object.key] != nil)
        #expect(await code { _ = try await storage.allKeys() } == .unavailable)
        #expect(await code { try await storage.discard(UploadPlan(id: UploadID()), nil) } == .unavailable)
    }

    @Test func `a lost root takes no upload and loses no checkpoint`() async throws {
        let plan = UploadPlan(id: UploadID(), digest: anyDigest)
        let first = try await storage.upload(plan)
        try await first.append(bytes(10))
        let checkpoint = try await first.checkpoint()
        try lose()
        #expect(await code { _ = try await storage.push(bytes(10)) } == .unavailable)
        #expect(await code { _ = try await storage.resume(plan, from: checkpoint) } == .unavailable)
    }
}
