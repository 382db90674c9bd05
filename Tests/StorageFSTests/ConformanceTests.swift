import RegistryCore
import StorageTestKit
import Testing

@testable import StorageFS

struct ConformanceTests {
    final class Fixture: StorageFixture {
        private let folder: TemporaryFolder

        init() throws { folder = try TemporaryFolder() }

        func make() async throws -> any BlobStorage {
            try FileStorage(root: "\(folder.path)/\(UploadID())", logger: .quiet, exclusive: false)
        }

        func reopen(_ storage: any BlobStorage) async throws -> any BlobStorage {
            guard let storage = storage as? FileStorage else { return storage }
            // Here the process does not die, and a write that a dropped upload left under way would hit the new instance's file.
            await until { storage.live.count == 0 }
            return try FileStorage(root: storage.root, logger: .quiet, exclusive: false)
        }
    }

    @Test(arguments: StorageConformance.cases)
    func `the file storage`(_ conformance: ConformanceCase) async throws {
        try await conformance.run(on: Fixture())
    }
}
