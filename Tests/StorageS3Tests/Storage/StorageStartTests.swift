import Foundation
import Logging
import NIOCore
import RegistryCore
import S3Servers
import Synchronization
import Testing

@testable import StorageS3

/// What whoever starts a server with a wrong configuration gets to read.
struct StorageStartTests {
    private struct Captured: Decodable {
        let decoder: any Decoder
        init(from decoder: any Decoder) { self.decoder = decoder }
    }

    private func context(
        _ section: [String: String], installation: String? = UploadID().description
    ) throws -> StorageDriverContext {
        let json = try JSONEncoder().encode(section)
        let decoder = try JSONDecoder().decode(Captured.self, from: json).decoder
        return StorageDriverContext(
            backend: "minio", section: decoder, dataDirectory: try temporaryFolder(), installation: installation,
            logger: quiet)
    }

    private func section(_ changes: [String: String] = [:]) async throws -> [String: String] {
        [
            "endpoint": try await StorageServer.rclone.value.endpoint, "bucket": StorageServer.bucket,
            "prefix": "start/\(UploadID())", "access-key-id": StorageServer.accessKeyID,
            "secret-access-key": StorageServer.secretAccessKey,
        ].merging(changes) { $1 }
    }

    @Test func `starts, and is ready`() async throws {
        let section = try await section()
        let storage = try await StorageDriver.s3.make(context(section))
        let again = try await StorageDriver.s3.make(context(section))
        // A server that is slow at the moment is taken up later.
        for storage in [storage, again] {
            while (try? await storage.ready()) == nil { try Task.checkCancellation() }
        }
        #expect(storage.installation != nil)
        #expect(storage.installation == again.installation)
    }

    @Test func `a new one gets the id that it is to have, and where one has to be none is made`() async throws {
        let section = try await section()
        let id = UploadID().description
        for _ in 0..<2 {
            let error = await #expect(throws: StorageError.self) {
                _ = try await StorageDriver.s3.make(context(section, installation: nil))
            }
            #expect(error?.code == .misconfigured)
            #expect(error?.message.contains("correct `bucket` and `prefix`") == true, "\(String(describing: error))")
        }
        for wanted in [id, UploadID().description, nil] {
            let storage = try await StorageDriver.s3.make(context(section, installation: wanted))
            while (try? await storage.ready()) == nil { try Task.checkCancellation() }
            #expect(storage.installation?.id == id)
            #expect(
                storage.installation?.place.hasSuffix("/registryd-storage in bucket \(StorageServer.bucket)") == true)
        }
    }

    @Test(arguments: [
        ("secret-access-key", "wrong", "the secret is not this access key's; correct `secret-access-key`"),
        ("access-key-id", "AKIANOBODY", "the server does not know this access key; correct `access-key-id`"),
        ("bucket", "no-such-bucket", "there is no such bucket; create it, or correct `bucket` and `endpoint`"),
    ])
    func `says what is wrong with the configuration`(_ key: String, _ value: String, _ message: String) async throws {
        let section = try await section([key: value])
        let error = await #expect(throws: StorageError.self) { _ = try await StorageDriver.s3.make(context(section)) }
        #expect(error?.code == .misconfigured)
        #expect(error?.message.hasPrefix(message) == true, "\(String(describing: error))")
    }

    /// What real servers do not do when they are asked to.
    @Test(
        arguments: [
            ("301 Moved Permanently", "PermanentRedirect", .misconfigured, "set `region: eu-west-1`"),
            ("403 Forbidden", "AccessDenied", .misconfigured, "the access key may not do that; give it s3:GetObject"),
            (
                "403 Forbidden", "RequestTimeTooSkewed", .failed,
                "this machine's clock and the server's are too far apart"
            ),
            ("404 Not Found", nil, .misconfigured, "what answers is not an S3 server; correct `endpoint`"),
            ("200 OK", nil, .misconfigured, "what answers is not an S3 server; correct `endpoint`"),
        ] as [(String, String?, StorageError.Code, String)])
    func `says why a server refuses`(
        _ status: String,
        _ code: String?,
        _ kind: StorageError.Code,
        _ message: String
    ) async throws {
        let server = try AnsweringServer { _ in
            let body = code.map { "<Error><Code>\($0)</Code></Error>" } ?? "<html>Welcome</html>"
            return (status, ["x-amz-bucket-region: eu-west-1", "Content-Type: text/html"], body)
        }
        let section = try await section(["endpoint": server.url])
        let error = await #expect(throws: StorageError.self) { _ = try await StorageDriver.s3.make(context(section)) }
        #expect(error?.code == kind)
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }

    @Test func `starts without a server that has a bad moment, and takes it up when that is over`() async throws {
        let isWell = Mutex(false)
        let server = try AnsweringServer { _ in
            guard isWell.withLock({ $0 }) else { return ("503 Service Unavailable", [], "") }
            return ("200 OK", [], "registryd s3 storage, layout 1\ninstallation \(Self.installation)\n")
        }
        let section = try await section(["endpoint": server.url])
        let made = try await StorageDriver.s3.make(context(section))
        let storage = try #require(made as? S3Storage)
        #expect(storage.installation == nil)
        isWell.withLock { $0 = true }
        // Nobody asks whether it is ready.
        while storage.installation == nil { try await storage.client.time.pause(.milliseconds(10)) }
        #expect(storage.installation?.id == Self.installation)
    }

    private static let installation = "4c2f0e7a-5d0b-4c9e-8f6a-0123456789ab"

    @Test(arguments: [
        (["bucket": "b"], "needs a region"), (["bucket": "b", "endpoint": "nonsense"], "http://"),
        (["bucket": "a/b", "region": "r"], "bucket"), (["bucket": "b", "region": "r", "part-size": "1MiB"], "5MiB"),
        (["bucket": "b", "region": "r", "payload-signing": "perhaps"], "always"),
        (["bucket": "b", "region": "r", "stall-timeout": "0s"], "more than 0s"),
        (["bucket": "b", "region": "r", "access-key-id": "x"], "secret-access-key"), (["region": "r"], "bucket"),
    ])
    func `refuses a section that makes no sense`(_ section: [String: String], _ hint: String) throws {
        let context = try context(section)
        let error = #expect(throws: DecodingError.self) { try StorageDriver.s3.check(context.section) }
        #expect("\(String(describing: error))".contains(hint))
    }

    @Test func `is not ready when its marker is gone`() async throws {
        let fixture = try StorageOverServer(await StorageServer.rclone.value)
        let storage = try #require(try await fixture.make() as? S3Storage)
        try await storage.ready()
        try await storage.client.delete("\(storage.client.address.prefix)registryd-storage")
        let error = await #expect(throws: StorageError.self) { try await storage.ready() }
        #expect(error?.code == .unavailable)
    }

    @Test func `is not ready when somebody else's marker is in the place of its own`() async throws {
        let fixture = try StorageOverServer(await StorageServer.rclone.value)
        let storage = try #require(try await fixture.make() as? S3Storage)
        let marker = "registryd s3 storage, layout 1\ninstallation \(Self.installation)\n"
        try await storage.client.put(
            "\(storage.client.address.prefix)registryd-storage", .buffers([ByteBuffer(string: marker)]))
        let error = await #expect(throws: StorageError.self) { try await storage.ready() }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("installation \(Self.installation), it was") == true)
    }

    /// rclone refuses the past as AccessDenied, the future as RequestTimeTooSkewed.
    @Test(arguments: [-20, 20])
    func `works with a clock that is off by minutes`(_ minutes: Int64) async throws {
        let fixture = try StorageOverServer(await StorageServer.rclone.value)
        let address = try BucketAddress(
            Endpoint(fixture.server.endpoint), bucket: StorageServer.bucket, prefix: "clock/\(UploadID())",
            pathStyle: true)
        var time = ClientTime.system
        time.now = { Timestamp.now.adding(seconds: minutes * 60) }
        let right = fixture.client(Place(address: address, region: "us-east-1"))
        let client = S3Client(
            right.address.region("us-east-1"), right.credentials, fixture.transport, time: time, logger: quiet)
        #expect(try await client.document("\(address.prefix)nothing") == nil)
        #expect(abs(client.skew.current + minutes * 60_000) < 60_000)
    }
}

extension BucketAddress {
    fileprivate func region(_ region: String) -> Place { Place(address: self, region: region) }
}
