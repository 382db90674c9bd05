import NIOCore
import RegistryCore
import Testing

@testable import StorageS3

struct ClientRetryTests {
    typealias Reply = ScriptedTransport.Reply

    private func put(_ client: S3Client) async throws {
        try await client.put("key", .buffers([ByteBuffer(string: "content")]))
    }

    @Test(arguments: [
        Reply.refused(500, "InternalError"), .refused(503, "SlowDown"), .refused(503, "ServiceUnavailable"),
        .refused(429, "TooManyRequests"), .refused(400, "RequestTimeout"), .masked("InternalError"), Reply(status: 502),
        .failed(.couldNotConnect), .failed(.connectionLost), .failed(.stalled), .failed(.couldNotResolve),
    ])
    func `tries again after`(_ reply: Reply) async throws {
        let scripted = try ScriptedClient(reply, reply, .stored)
        try await put(scripted.client)
        #expect(scripted.transport.methods == ["PUT", "PUT", "PUT"])
        #expect(scripted.time.pauses == [.milliseconds(100), .milliseconds(200)])
    }

    @Test(arguments: [
        Reply.refused(403, "AccessDenied"), .refused(404, "NoSuchBucket"), .refused(400, "EntityTooLarge"),
        .refused(501, "NotImplemented"), .refused(403, "SignatureDoesNotMatch"), .failed(.tls),
    ])
    func `does not try again after`(_ reply: Reply) async throws {
        let scripted = try ScriptedClient(reply, .stored)
        let error = await scripted.failure(put)
        #expect(error != nil)
        #expect(scripted.transport.methods == ["PUT"])
    }

    @Test func `asks for nothing more where the answer is S3's`() async throws {
        let scripted = try ScriptedClient(.stored)
        try await put(scripted.client)
        #expect(scripted.transport.methods == ["PUT"])
    }

    @Test(arguments: [Reply.ok(), .ok("<html>Hello</html>"), .ok("<html>Hello</html>", ["ETag": "\"e\""])])
    func `looks for the object after an answer that may be a proxy's`(_ reply: Reply) async throws {
        let stored = try ScriptedClient(reply, .size(7))
        try await put(stored.client)
        #expect(stored.transport.methods == ["PUT", "HEAD"])
        for look in [Reply(status: 404), .size(19), .ok()] {
            let scripted = try ScriptedClient(reply, look)
            let error = try #require(await scripted.failure(put))
            #expect(StorageError(error).code == .unavailable)
        }
    }

    @Test func `waits as long as the server asks for`() async throws {
        let scripted = try ScriptedClient(.refused(429, "SlowDown", ["Retry-After": "7"]), .stored, random: 0)
        try await put(scripted.client)
        #expect(scripted.time.pauses == [.seconds(7)])
    }

    @Test func `gives up when the server asks for more time than there is`() async throws {
        let scripted = try ScriptedClient(.refused(429, "SlowDown", ["Retry-After": "120"]), .stored)
        let error = await scripted.failure(put)
        #expect(error?.code == "SlowDown")
        #expect(scripted.time.pauses.isEmpty)
    }

    @Test func `gives up after some attempts, and says what failed of what`() async throws {
        let scripted = try ScriptedClient(
            .failed(.couldNotConnect), .failed(.couldNotConnect), .refused(503, "SlowDown"),
            change: { $0.retries.attempts = 3 })
        let error = try #require(await scripted.failure(put))
        #expect(error.description == "PutObject bucket/key: SlowDown: as scripted (status 503) [request R1]")
        #expect(StorageError(error).code == .slowDown)
        #expect(scripted.transport.isDone)
    }

    @Test func `jitters its pauses`() async throws {
        let scripted = try ScriptedClient(
            .refused(500, "InternalError"), .refused(500, "InternalError"), .stored, random: 0.25)
        try await put(scripted.client)
        #expect(scripted.time.pauses == [.milliseconds(25), .milliseconds(50)])
    }

    @Test(arguments: [
        ("NoSuchKey", 404, StorageError.Code.objectMissing, ""), ("NoSuchBucket", 404, .misconfigured, "create it"),
        ("AccessDenied", 403, .misconfigured, "s3:PutObject"),
        ("SignatureDoesNotMatch", 403, .misconfigured, "secret-access-key"),
        ("InvalidAccessKeyId", 403, .misconfigured, "access-key-id"), ("RequestTimeTooSkewed", 403, .failed, "clock"),
        ("AuthorizationHeaderMalformed", 400, .misconfigured, "region"), ("NoSuchUpload", 404, .checkpointLost, ""),
        ("QuotaExceeded", 403, .full, ""), ("InternalError", 500, .unavailable, ""), ("SlowDown", 503, .slowDown, ""),
    ])
    func `tells the registry what to make of it`(
        _ code: String, _ status: Int, _ kind: StorageError.Code, _ hint: String
    )
        async throws
    {
        let scripted = try ScriptedClient(.refused(status, code), change: { $0.retries.attempts = 1 })
        let error = StorageError(try #require(await scripted.failure(put)))
        #expect(error.code == kind)
        #expect(hint.isEmpty || error.message.contains(hint))
        #expect(error.message.contains("PutObject bucket/key"))
    }
}
