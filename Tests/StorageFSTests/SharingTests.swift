import Foundation
import RegistryCore
import StorageFS
import Testing

/// A process that copies beside the server.
struct SharingTests {
    private let disk: Disk

    init() throws { disk = try Disk() }

    private struct Passed: Decodable {
        let decoder: any Decoder
        init(from decoder: any Decoder) { self.decoder = decoder }
    }

    private func open(isShared: Bool) async throws -> any BlobStorage {
        let section = try JSONEncoder().encode(["root": disk.root])
        let decoder = try JSONDecoder().decode(Passed.self, from: section).decoder
        return try await StorageDriver.fs.make(
            StorageDriverContext(
                backend: "disk", section: decoder, dataDirectory: disk.folder.path, isShared: isShared, logger: .quiet))
    }

    @Test func `opens what a server has, and leaves it the lock`() async throws {
        let server = try await open(isShared: false)
        let copier = try await open(isShared: true)
        #expect(await code { _ = try await open(isShared: false) } == .unavailable)
        let (theirs, ours) = (try await server.push(bytes(10)), try await copier.push(bytes(20)))
        for storage in [server, copier] {
            #expect(try await Set(storage.allKeys()) == [theirs.key, ours.key])
            for object in [theirs, ours] { _ = try await storage.read(object, 0..<object.size) }
        }
        #expect(await server.delete([ours.key]).isEmpty)
        #expect(await code { _ = try await copier.read(ours, 0..<20) } == .objectMissing)
    }

    @Test func `makes what no server has opened yet, and keeps none from it`() async throws {
        let copier = try await open(isShared: true)
        let object = try await copier.push(bytes(10))
        let server = try await open(isShared: false)
        #expect(try await server.allKeys() == [object.key])
        try await copier.ready()
    }

    @Test func `fails to commit what the server has discarded meanwhile`() async throws {
        let (server, copier) = (try await open(isShared: false), try await open(isShared: true))
        let plan = UploadPlan(id: UploadID(), digest: anyDigest)
        let upload = try await copier.upload(plan)
        try await upload.append(bytes(10))
        _ = try await upload.checkpoint()
        var unfinished: [UploadID] = []
        for try await id in server.unfinished() { unfinished.append(id) }
        #expect(unfinished == [plan.id])
        try await server.discard(plan, nil)
        try await upload.append(bytes(10))
        #expect(await code { _ = try await upload.commit(as: anyDigest) } == .checkpointLost)
        #expect(try disk.files() == [])
    }
}
