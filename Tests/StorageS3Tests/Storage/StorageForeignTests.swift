import NIOCore
import RegistryCore
import S3Servers
import Testing

@testable import StorageS3

/// What another registry has in the same bucket.
struct StorageForeignTests {
    private static let registry = "/docker/registry/v2"
    private static let servers = [StorageServer.rclone, StorageServer.moto, StorageServer.ceph]

    private func storage(_ server: StorageServer) async throws -> (StorageOverServer, S3Storage) {
        let fixture = try StorageOverServer(server)
        return (fixture, try await fixture.open(prefix: "foreign/\(UploadID())", isNew: true))
    }

    /// Stores what another program would, at a path from the prefix.
    private func put(_ text: String, _ path: String, _ storage: S3Storage) async throws {
        try await storage.client.put(
            storage.client.address.prefix + path.dropFirst(), .buffers([ByteBuffer(string: text)]))
    }

    private func objects(below path: String, _ storage: S3Storage) async throws -> [StoredObject] {
        var objects: [StoredObject] = []
        for try await object in storage.foreignObjects(below: ObjectKey(path)) { objects.append(object) }
        return objects.sorted { $0.key < $1.key }
    }

    private func push(_ text: String, to storage: S3Storage) async throws -> StoredObject {
        let content = ByteBuffer(string: text)
        var hasher = ContentHasher(.sha256)
        hasher.update(content)
        let upload = try await storage.upload(UploadPlan(id: UploadID(), digest: hasher.digest))
        try await upload.append(content)
        return try await upload.commit(as: hasher.digest)
    }

    @Test(arguments: servers)
    func `is listed at any depth, with its sizes and by its paths from the prefix`(
        _ server: Task<StorageServer, any Error>
    ) async throws {
        let (fixture, storage) = try await storage(await server.value)
        let names = ["/blobs/sha256/ab/data", "/link", "/repositories/a/_manifests/link", "/repositories/ä b/link"]
        var expected: [StoredObject] = []
        for (size, name) in names.enumerated() {
            try await put(String(repeating: "x", count: size + 1), Self.registry + name, storage)
            expected.append(StoredObject(key: ObjectKey(Self.registry + name), size: Int64(size + 1)))
        }
        try await put("not below it", "/docker/registry/v2-other", storage)
        let own = try await push("ours", to: storage)
        #expect(try await objects(below: Self.registry, storage) == expected)
        #expect(try await objects(below: "/docker/registry/v3", storage) == [])
        let other = StoredObject(key: ObjectKey("/docker/registry/v2-other"), size: 12)
        #expect(try await objects(below: "/", storage) == (expected + [other]).sorted { $0.key < $1.key })
        var ours: [StoredObject] = []
        for try await object in storage.objects(after: nil) { ours.append(object) }
        #expect(ours == [own])
        withExtendedLifetime(fixture) {}
    }

    @Test(arguments: servers)
    func `is read, given out and deleted like any other object`(
        _ server: Task<StorageServer, any Error>
    ) async throws {
        let (fixture, storage) = try await storage(await server.value)
        let own = try await push("ours", to: storage)
        let paths = ["/docker/a/_manifests/two words", "/docker/ä+b", "/docker/left"]
        for path in paths { try await put("another's", path, storage) }
        let adopted = paths.map { StoredObject(key: ObjectKey($0), size: 9) }
        for object in adopted {
            #expect(try await whole(object, of: storage) == ByteBuffer(string: "another's"))
            let url = try #require(try await storage.url(object))
            #expect(try await fixture.fetch(url, 3..<7) == ByteBuffer(string: "ther"))
        }
        let wrong = StoredObject(key: adopted[0].key, size: 8)
        await #expect(throws: StorageError.self) { _ = try await whole(wrong, of: storage) }

        #expect(await storage.delete(adopted.dropLast().map(\.key)).isEmpty)
        let error = await #expect(throws: StorageError.self) { _ = try await whole(adopted[0], of: storage) }
        #expect(error?.code == .objectMissing)
        #expect(try await objects(below: "/docker", storage) == [adopted[2]])
        #expect(try await whole(own, of: storage) == ByteBuffer(string: "ours"))
    }

    @Test(
        arguments: [
            "/", "/..", "/docker/../blobs/a", "//docker", "/docker/", "/blobs/sha256/ab/x", "/registryd-storage",
        ])
    func `is not read, given out or deleted by a path that leads elsewhere, or to our own:`(
        _ path: String
    ) async throws {
        let (fixture, storage) = try await storage(await StorageServer.rclone.value)
        let own = try await push("ours", to: storage)
        try await put("another's", "/docker/file", storage)
        _ = fixture.transport.requests()
        let object = StoredObject(key: ObjectKey(path), size: 1)
        let reading = await #expect(throws: StorageError.self) { _ = try await storage.read(object, 0..<1) }
        let signing = await #expect(throws: StorageError.self) { _ = try await storage.url(object) }
        #expect(reading?.code == .failed && signing?.code == .failed)
        #expect(fixture.transport.requests() == [])
        // What is asked for beside it is deleted.
        let failures = await storage.delete([object.key, ObjectKey("/docker/file")])
        #expect(failures.mapValues { ($0 as? StorageError)?.code } == [object.key: .failed])
        #expect(try await objects(below: "/", storage) == [])
        #expect(try await whole(own, of: storage) == ByteBuffer(string: "ours"))
    }

    @Test func `is listed page by page`() async throws {
        let (fixture, storage) = try await storage(await StorageServer.rclone.value)
        let paths = (0..<1100).map { "\(Self.registry)/blobs/\($0)/data" }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, path) in paths.enumerated() {
                if index >= 16 { try await group.next() }
                group.addTask { try await put("x", path, storage) }
            }
            try await group.waitForAll()
        }
        _ = fixture.transport.requests()
        let listed = try await objects(below: Self.registry, storage).map(\.key.description)
        #expect(listed.count == paths.count)
        #expect(Set(listed) == Set(paths))
        let requests = fixture.transport.requests()
        #expect(requests.count == 2 && requests.allSatisfy { $0.hasPrefix("GET?") }, "\(requests)")
    }

    @Test func `does not have what tools store in place of a folder`() async throws {
        let (fixture, storage) = try await storage(await StorageServer.moto.value)
        for path in ["/docker/", "/docker/registry/", "/docker/registry/file"] { try await put("", path, storage) }
        for path in ["/docker", "/"] {
            #expect(
                try await objects(below: path, storage)
                    == [StoredObject(key: ObjectKey("/docker/registry/file"), size: 0)])
        }
        withExtendedLifetime(fixture) {}
    }

    @Test(arguments: ["", "docker", "/..", "/docker/..", "//docker", "/docker/", "/blobs", "/blobs/sha256"])
    func `is not listed below a path that leads elsewhere, or to our own:`(_ path: String) async throws {
        let (fixture, storage) = try await storage(await StorageServer.rclone.value)
        let error = await #expect(throws: StorageError.self) { _ = try await objects(below: path, storage) }
        #expect(error?.code == .failed)
        #expect(fixture.transport.requests() == [])
    }
}
