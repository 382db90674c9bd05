import Foundation
import NIOCore
import RegistryCore
import S3Servers
import Synchronization
import Testing

@testable import StorageS3

/// What the doctor says of real servers, against what is known of them.
struct DiagnosisTests {
    struct Expected: Sendable, CustomTestStringConvertible {
        var server: Task<StorageServer, any Error>
        var testDescription: String
        /// What is not `ok`.
        var verdicts: [String: Finding.Verdict] = [:]
        /// What the details say.
        var words: [String: String] = [:]
    }

    @Test(arguments: [
        Expected(
            server: StorageServer.rclone, testDescription: "rclone",
            verdicts: [
                "body checks": .unsupported, "conditional put": .unsupported, "conditional get": .unsupported,
            ],
            words: [
                "signature": "a wrong secret is refused", "range": "200 instead of 206", "small parts": "taken",
                "conditional put": "overwritten",
            ]
        ),
        Expected(
            server: StorageServer.moto, testDescription: "moto",
            verdicts: ["signature": .degraded, "bucket": .degraded, "body checks": .unsupported],
            words: [
                "signature": "does not check signatures", "range": "206", "small parts": "EntityTooSmall",
                "conditional put": "412", "conditional get": "412",
            ]
        ),
        Expected(
            server: StorageServer.ceph, testDescription: "Ceph",
            words: [
                "signature": "a wrong secret is refused", "range": "206", "small parts": "EntityTooSmall",
                "conditional put": "412", "conditional get": "412", "multipart": "no ETag",
                "body checks": "SHA-256 and the MD5",
            ]
        ),
    ])
    func `says of each server what it can and cannot do, and leaves nothing there`(_ expected: Expected) async throws {
        let fixture = try await StorageOverServer(expected.server.value)
        let client = try fixture.client(prefix: "doctor/\(UploadID())")
        let findings = await S3Diagnosis(client).findings()

        let verdicts = findings.filter { $0.verdict != .ok }.map { ($0.probe, $0.verdict) }
        #expect(Dictionary(verdicts) { $1 } == expected.verdicts, "\(findings)")
        for (probe, words) in expected.words {
            #expect(findings.contains { $0.probe == probe && $0.detail.contains(words) }, "\(probe): \(findings)")
        }
        let probes = Set(findings.map(\.probe))
        #expect(probes.isSuperset(of: ["reachability", "clock", "marker", "put", "get", "key characters"]))
        #expect(probes.isSuperset(of: ["presigned get", "multipart", "multipart abort", "list", "batch delete"]))
        #expect(try await client.left().isEmpty)
    }

    /// As often as there are places to be interrupted at, within reason.
    @Test(arguments: [4, 8, 13, 19, 22, 26, 30, 35])
    func `leaves nothing when it is interrupted`(_ requests: Int) async throws {
        let fixture = try await StorageOverServer(StorageServer.rclone.value)
        let client = try fixture.client(prefix: "doctor/\(UploadID())")
        let transport = InterruptingTransport(fixture.transport, after: requests)
        let interrupted = S3Client(
            client.place.withLock { $0 }, client.credentials, transport, options: client.options, logger: quiet)
        let work = Task { await S3Diagnosis(interrupted).findings() }
        transport.interrupt { work.cancel() }
        let findings = await work.value
        #expect(work.isCancelled)
        #expect(findings.allSatisfy { $0.probe != "clean-up" })
        #expect(try await client.left().isEmpty)
    }

    @Test func `tries where clients are sent`() async throws {
        let fixture = try await StorageOverServer(StorageServer.rclone.value)
        let client = try fixture.client(prefix: "doctor/\(UploadID())")
        let dead = try DeadPort()
        let other = fixture.server.endpoint.replacing("127.0.0.1", with: "localhost")
        for (endpoint, verdict) in [(other, Finding.Verdict.ok), (dead.url, .degraded)] {
            let address = try BucketAddress(
                Endpoint(endpoint), bucket: client.address.bucket, prefix: client.address.prefix, pathStyle: true)
            let redirect = S3Redirect(address: address, expires: .seconds(60))
            let findings = await S3Diagnosis(client, redirect: redirect).findings()
            let finding = try #require(findings.first { $0.probe == "redirect" })
            #expect(finding.verdict == verdict && finding.detail.contains(endpoint), "\(finding)")
        }
    }

    @Test func `says what the server makes of encryption and a storage class`() async throws {
        let fixture = try await StorageOverServer(StorageServer.moto.value)
        let client = try fixture.client(prefix: "doctor/\(UploadID())")
        for (encryption, storageClass, verdicts) in [
            ("AES256", "STANDARD_IA", [Finding.Verdict.ok, .ok]), ("AES256", "NONSENSE", [.failed]),
        ] {
            var options = client.options
            options.serverSideEncryption = encryption
            options.storageClass = storageClass
            let asking = S3Client(
                client.place.withLock { $0 }, client.credentials, client.transport, options: options, logger: quiet)
            let findings = await S3Diagnosis(asking).findings()
            let asked = findings.filter { ["encryption", "storage class"].contains($0.probe) || $0.verdict == .failed }
            #expect(asked.map(\.verdict) == verdicts, "\(findings)")
        }
    }
}

extension StorageOverServer {
    func client(prefix: String) throws -> S3Client {
        let address = try BucketAddress(
            Endpoint(server.endpoint), bucket: StorageServer.bucket, prefix: prefix, pathStyle: true)
        return client(Place(address: address, region: StorageServer.region))
    }
}

extension S3Client {
    /// The names of all objects below its prefix, and of those that uploads in the bucket are for.
    fileprivate func left() async throws -> [String] {
        let objects = try await list(prefix: address.prefix).objects.map(\.key)
        do {
            let call = S3Call(operation: "ListMultipartUploads", method: "GET", query: ["uploads": nil])
            let uploads: UploadListing = try await answer(call)
            return objects + uploads.uploads.map(\.key).filter { $0.hasPrefix(address.prefix) }
        } catch let error as S3Error where error.isNoSuchUpload {
            return objects
        }
    }
}

/// Calls something once so many requests were sent, before the next one is.
private final class InterruptingTransport: HTTPTransport {
    private struct State {
        var left: Int
        var interrupt: (@Sendable () -> Void)?
    }
    private let transport: any HTTPTransport
    private let state: Mutex<State>

    init(_ transport: any HTTPTransport, after requests: Int) {
        self.transport = transport
        state = Mutex(State(left: requests))
    }

    func interrupt(_ body: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            state.interrupt = body
            return state.left <= 0
        }
        if isLate { body() }
    }

    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        let interrupt = state.withLock { state in
            state.left -= 1
            return state.left == 0 ? state.interrupt : nil
        }
        interrupt?()
        return try await transport.send(request)
    }
}
