import MemoryDriver
import NIOCore
import RegistryCore
import StorageTestKit
import Testing

/// The example keeps the contract, so that whoever starts from it begins with a storage that works.
struct ConformanceTests {
    struct Fixture: StorageFixture {
        let isPersistent = false

        func make() async throws -> any BlobStorage { MemoryStorage(capacity: 1 << 30) }

        func reopen(_ storage: any BlobStorage) async throws -> any BlobStorage { try await make() }
    }

    @Test(arguments: StorageConformance.cases)
    func `the memory driver`(_ conformance: ConformanceCase) async throws {
        try await conformance.run(on: Fixture())
    }

    @Test func `says that it is full`() async throws {
        let upload = try await MemoryStorage(capacity: 10).upload(UploadPlan(id: UploadID()))
        try await upload.append(.init(repeating: 0, count: 10))
        let error = await #expect(throws: StorageError.self) { try await upload.append(.init(repeating: 0, count: 1)) }
        #expect(error?.code == .full)
    }
}
