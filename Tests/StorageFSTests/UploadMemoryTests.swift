import Dispatch
import Foundation
import NIOCore
import RegistryCore
import Testing

@testable import StorageFS

struct UploadMemoryTests {
    private let disk: Disk
    private let plan = UploadPlan(id: UploadID(), digest: anyDigest)

    init() throws { disk = try Disk() }

    private func open(_ memory: Int) throws -> FileStorage {
        try FileStorage(root: disk.root, logger: .quiet, exclusive: false, uploadMemory: memory)
    }

    /// Holds every thread until it is told to go on.
    private final class Gate: Sendable {
        private let semaphore = DispatchSemaphore(value: 0)

        init(_ storage: FileStorage) {
            for _ in 0..<IOThreads.defaultLimit { storage.threads.submit { [semaphore] in semaphore.wait() } }
        }

        func open() { for _ in 0..<IOThreads.defaultLimit { semaphore.signal() } }
    }

    @Test func `where memory is scarce, an append is over when its write is`() async throws {
        let storage = try open(0)
        let upload = try await storage.upload(plan)
        for count in 1...5 {
            try await upload.append(bytes(256 << 10))
            #expect(storage.memory.used == 0)
            let file = try FileManager.default.attributesOfItem(atPath: disk.uploadFile(plan.id))
            #expect(file[.size] as? Int == count * 256 << 10)
        }
        try await upload.abort()
    }

    @Test func `uploads run ahead of the disk until all of them together have too much`() async throws {
        let storage = try open(2 << 20)
        let gate = Gate(storage)
        var uploads: [any BlobUpload] = []
        for _ in 0..<4 {
            let upload = try await storage.upload(UploadPlan(id: UploadID(), digest: anyDigest))
            // The disk stands still, and these return all the same.
            try await upload.append(bytes(256 << 10))
            try await upload.append(bytes(256 << 10))
            uploads.append(upload)
        }
        #expect(storage.memory.used == 2 << 20)
        #expect(!storage.memory.isScarce)
        gate.open()
        for upload in uploads { _ = try await upload.commit(as: anyDigest) }
        #expect(storage.memory.used == 0)
    }

    @Test(arguments: [10, 300_000, 3_000_000])
    func `every way an upload ends gives its memory back`(size: Int) async throws {
        let storage = try open(64 << 20)
        for end in 0..<4 {
            let upload = try await storage.upload(UploadPlan(id: UploadID(), digest: anyDigest))
            try await upload.append(bytes(size))
            switch end {
            case 0: _ = try await upload.commit(as: anyDigest)
            case 1: _ = try await upload.checkpoint()
            case 2: try await upload.abort()
            default: break
            }
        }
        // A write that was under way when its upload was dropped keeps its bytes a moment longer.
        await until { storage.memory.used == 0 }
    }
}
