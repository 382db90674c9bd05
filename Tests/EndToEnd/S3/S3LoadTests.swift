import Foundation
import Glibc
import S3Servers
import Testing

/// Many uploads under a little memory (`make load` has the full size).
@Suite(.serialized)
struct S3LoadTests {
    private static let clients = 16
    private static let stalling = 4
    private static let size = 24 << 20

    @Test func `uploads share a little memory, and clients that stall hold up nobody`() async throws {
        let bucket = S3Bucket(try await StorageServer.ceph.value)
        let peak = try await blocking {
            let server = try Server(
                settings: ["limits.upload-memory=24MiB"], configuration: bucket.configuration())
            let common = randomBytes(Self.size)
            let othersAreDone = DispatchSemaphore(value: 0)
            let halfway = Counter()
            let stalled = (0..<Self.stalling).map { index in
                Background {
                    try Self.push(Self.content(common, index), to: server) {
                        halfway.add()
                        othersAreDone.wait()
                    }
                }
            }
            try eventually("that the stalling ones stall", within: .seconds(120)) { halfway.value == Self.stalling }
            let others = (Self.stalling..<Self.clients).map { index in
                Background { try Self.push(Self.content(common, index), to: server) {} }
            }
            // None of these is through before it has all it needs; the stalled ones have theirs only then.
            let digests = try others.map { try $0.join() }
            let isStalling = stalled.allSatisfy { !$0.isDone }
            for _ in stalled { othersAreDone.signal() }
            let more = try stalled.map { try $0.join() }
            guard isStalling else { throw NeverHappened(description: "the stalling clients were through") }

            let peak = try server.peakMemory()
            let client = Client(server)
            for digest in digests + more where try client.pullBlob(digest, from: "load/it") == nil {
                throw NeverHappened(description: "\(digest), which was answered 201")
            }
            return peak
        }
        #expect(peak < 150 << 20)
    }

    private static func content(_ common: [UInt8], _ index: Int) -> [UInt8] {
        var content = common
        content[0] = UInt8(truncatingIfNeeded: index)
        return content
    }

    /// In one PATCH, with `pause` in the middle, between two bytes of a part.
    private static func push(_ content: [UInt8], to server: Server, pause: () -> Void) throws -> String {
        let client = Client(server)
        let location = try client.startUpload("load/it")
        var sent = 0
        let response = try client.send("PATCH", location, [], content[...]) { count in
            sent += count
            if (sent - count..<sent).contains(Self.size / 2 + 1_000_000) { pause() }
        }
        guard response.status == 202 else { throw UnexpectedResponse(what: "not taken", response: response) }
        let digest = sha256(content)
        let last = try client.finish(response.location ?? location, digest)
        guard last.status == 201 else { throw UnexpectedResponse(what: "no blob", response: last) }
        return digest
    }
}
