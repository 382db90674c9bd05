import RegistryCore
import S3Servers
import StorageTestKit
import Testing

@testable import StorageS3

struct StorageConformanceTests {
    /// Once in ten thousand or so, while other objects are deleted, rclone answers 200 to a PUT and 404 to the GET
    /// that follows it; a trace shows no other request for that key.
    private static let casesOfRclone = StorageConformance.cases.filter {
        $0.name != "reads, writes and deletes at once"
    }

    @Test(arguments: casesOfRclone)
    func `S3 storage on rclone`(_ conformance: ConformanceCase) async throws {
        try await conformance.run(on: StorageOverServer(StorageServer.rclone.value))
    }

    /// Small parts, so that many cases come to multipart uploads.
    @Test(arguments: StorageConformance.cases)
    func `S3 storage on moto`(_ conformance: ConformanceCase) async throws {
        try await conformance.run(on: StorageOverServer(StorageServer.moto.value, partSize: PartSize.least))
    }

    @Test(arguments: StorageConformance.cases)
    func `S3 storage on Ceph`(_ conformance: ConformanceCase) async throws {
        try await conformance.run(on: StorageOverServer(StorageServer.ceph.value))
    }

    /// So little memory that every part waits for it, and the larger ones go through files.
    @Test(arguments: casesOfRclone)
    func `S3 storage on rclone with little memory`(_ conformance: ConformanceCase) async throws {
        try await conformance.run(on: StorageOverServer(StorageServer.rclone.value, budget: PartBudget(limit: 1 << 20)))
    }
}
