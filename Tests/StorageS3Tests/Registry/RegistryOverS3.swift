import MetadataSQL
import NIOCore
import RegistryCore
import S3Servers
import TestSupport

@testable import StorageS3

/// A registry whose blobs go to a real server, in parts of 5 MiB.
struct RegistryOverS3 {
    let fixture: StorageOverServer
    let storage: S3Storage
    let registry: Registry

    static func with(_ server: StorageServer, _ body: (RegistryOverS3) async throws -> Void) async throws {
        let fixture = try StorageOverServer(server, partSize: PartSize.least)
        let storage = try await fixture.open(prefix: "registry/\(UploadID())", isNew: true)
        let store = try SQLiteStore(path: "\(temporaryFolder())/registry.db", logger: quiet)
        let registry = Registry(
            metadata: store,
            backends: BackendSet(active: "s3", backends: ["s3": storage]),
            settings: .openToAll,
            logger: quiet
        )
        _ = fixture.transport.requests()
        try await body(RegistryOverS3(fixture: fixture, storage: storage, registry: registry))
        try await store.close()
    }

    /// What went to the server since the last time.
    func requests() -> [String] {
        fixture.transport.requests().map { request in
            // Of a query only what says which operation it is.
            let names = ["partNumber", "uploads", "uploadId", "list-type"]
            let name = names.first { request.contains("?\($0)") || request.contains("&\($0)") }
            let method = request.prefix { $0 != "?" }
            return name.map { "\(method) \($0)" } ?? String(method)
        }
    }

    /// The sizes of the objects in the bucket.
    func objects() async throws -> [Int64] {
        var sizes: [Int64] = []
        for try await object in storage.objects(after: nil) { sizes.append(object.size) }
        return sizes
    }

    func push(_ content: ByteBuffer, to repository: String) async throws {
        let name = try repositoryName(repository)
        try await registry.push(body(content), in: name, as: digest(content))
    }

    /// What a client reads.
    func pull(_ content: ByteBuffer, from repository: String) async throws -> ByteBuffer {
        let blob = try await registry.blob(digest(content), in: repositoryName(repository))
        var all = ByteBuffer()
        let bytes = try await registry.content(of: blob, 0..<blob.size)
        for try await buffer in bytes.buffers() { all.writeImmutableBuffer(buffer) }
        return all
    }
}

struct NoName: Error {}

func repositoryName(_ text: String) throws -> RepositoryName {
    guard let name = RepositoryName(text) else { throw NoName() }
    return name
}

/// A request's body, as it comes from the network.
func body(_ content: ByteBuffer) -> UploadBody<AsyncThrowingStream<ByteBuffer, any Error>> {
    let stream = AsyncThrowingStream<ByteBuffer, any Error> { continuation in
        var rest = content
        while let piece = rest.readSlice(length: min(300_000, rest.readableBytes)), piece.readableBytes > 0 {
            continuation.yield(piece)
        }
        continuation.finish()
    }
    return UploadBody(stream, range: nil, length: nil)
}

func digest(_ content: ByteBuffer) -> Digest {
    var hasher = ContentHasher(.sha256)
    hasher.update(content)
    return hasher.digest
}

/// The same for the same `seed`.
func content(_ count: Int, seed: UInt8) -> ByteBuffer {
    var bytes = [UInt8].pattern(count)
    if !bytes.isEmpty { bytes[0] = seed }
    return ByteBuffer(bytes: bytes)
}
