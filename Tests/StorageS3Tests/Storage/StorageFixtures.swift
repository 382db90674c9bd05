import Foundation
import NIOCore
import RegistryCore
import S3Servers
import StorageTestKit
import Synchronization

@testable import StorageS3

/// Counts what goes to the server.
final class CountingTransport: HTTPTransport {
    private let transport: CurlTransport
    private let seen = Mutex<[String]>([])
    private let late = Mutex<Late>(Late())

    private struct Late {
        /// The method and query of the request that is to be late.
        var next: String?
        var held: TransportRequest?
    }

    init(_ transport: CurlTransport) { self.transport = transport }

    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        let query = request.url.split(separator: "?").dropFirst().first.map { "?\($0)" } ?? ""
        let name = "\(request.method)\(query)"
        seen.withLock { $0.append(name) }
        let isHeld = late.withLock { late in
            guard late.next == name else { return false }
            late = Late(held: request)
            return true
        }
        guard !isHeld else { throw TransportError(.stalled, "it is late") }
        return try await transport.send(request)
    }

    /// The next such request is given up by whoever sends it, and comes to the server with ``arrive()``.
    func delay(_ methodAndQuery: String) { late.withLock { $0.next = methodAndQuery } }

    func arrive() async throws {
        guard let request = late.withLock({ $0.held }) else { throw NothingHeld() }
        _ = try await transport.send(request).body.collect(upTo: 1 << 20)
    }

    struct NothingHeld: Error {}

    /// Methods and queries, since the last time.
    func requests() -> [String] {
        seen.withLock { seen in
            defer { seen = [] }
            return seen
        }
    }
}

/// Storages over a real server, each below a prefix of its own.
final class StorageOverServer: StorageFixture {
    let server: StorageServer
    let transport: CountingTransport
    private let partSize: Int64
    private let budget: PartBudget
    private let folder: String

    init(_ server: StorageServer, partSize: Int64 = 16 << 20, budget: PartBudget = PartBudget(limit: 256 << 20)) throws
    {
        self.server = server
        self.partSize = partSize
        self.budget = budget
        transport = CountingTransport(try CurlTransport.make())
        folder = try temporaryFolder()
    }

    func fetch(_ url: ObjectURL, _ range: Range<Int64>?) async throws -> ByteBuffer {
        let headers: TransportHeaders = range.map { ["Range": "bytes=\($0.lowerBound)-\($0.upperBound - 1)"] } ?? [:]
        let response = try await transport.send(TransportRequest("GET", url.text, headers: headers))
        guard (200..<300).contains(response.status) else {
            throw StorageError(.failed, "GET \(url): \(response.status)")
        }
        return try await response.body.collect(upTo: 64 << 20)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func make() async throws -> any BlobStorage { try await open(prefix: "test/\(UploadID())", isNew: true) }

    func reopen(_ storage: any BlobStorage) async throws -> any BlobStorage {
        guard let storage = storage as? S3Storage else { return storage }
        // Here the process does not die, and parts that a dropped upload left under way would go on.
        while !storage.live.isEmpty { await Task.yield() }
        return try await open(prefix: storage.client.address.prefix, isNew: false)
    }

    func open(prefix: String, isNew: Bool) async throws -> S3Storage {
        let address = try BucketAddress(
            Endpoint(server.endpoint), bucket: StorageServer.bucket, prefix: prefix, pathStyle: true)
        let storage = S3Storage(
            client(Place(address: address, region: "us-east-1")),
            spool: try SpoolFolder("\(folder)/\(address.prefix)"),
            budget: budget,
            partSize: partSize,
            redirect: S3Redirect(expires: .seconds(60)),
            logger: quiet
        )
        try await storage.open()
        _ = transport.requests()
        return storage
    }

    func client(_ place: Place, secret: String = StorageServer.secretAccessKey, id: String = StorageServer.accessKeyID)
        -> S3Client
    {
        let credentials = StaticCredentials(credentials: Credentials(accessKeyID: id, secretAccessKey: secret))
        let chain = CredentialChain([credentials], World().surroundings, logger: quiet)
        return S3Client(place, chain, transport, logger: quiet)
    }
}
