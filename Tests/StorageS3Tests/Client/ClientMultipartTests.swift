import NIOCore
import RegistryCore
import Testing

@testable import StorageS3

struct ClientMultipartTests {
    typealias Reply = ScriptedTransport.Reply
    private static let done = Reply.ok("<CompleteMultipartUploadResult><ETag/></CompleteMultipartUploadResult>")

    private func complete(_ client: S3Client) async throws {
        try await client.completeMultipart("key", "u", [.init(number: 1, etag: "e")], size: 10)
    }

    @Test func `completes`() async throws {
        let scripted = try ScriptedClient(Self.done)
        try await complete(scripted.client)
        #expect(scripted.transport.methods == ["POST"])
    }

    @Test(arguments: [
        Reply.failed(.connectionLost), .failed(.stalled), .refused(404, "NoSuchUpload"), .refused(500, "InternalError"),
        .masked("InternalError"), .ok("<CompleteMultipartUploadResult><ETag>"), .ok(""),
    ])
    func `asks for the object when the answer leaves doubt`(_ reply: Reply) async throws {
        let scripted = try ScriptedClient(reply, .size(10))
        try await complete(scripted.client)
        #expect(scripted.transport.methods == ["POST", "HEAD"])
    }

    @Test(arguments: [Reply.failed(.connectionLost), .refused(500, "InternalError"), .masked("InternalError")])
    func `completes again when the object is not there`(_ reply: Reply) async throws {
        let scripted = try ScriptedClient(reply, Reply(status: 404), Self.done)
        try await complete(scripted.client)
        #expect(scripted.transport.methods == ["POST", "HEAD", "POST"])
    }

    @Test func `finds an object that appeared after the first look`() async throws {
        let scripted = try ScriptedClient(
            .failed(.connectionLost), Reply(status: 404), .refused(404, "NoSuchUpload"), .size(10))
        try await complete(scripted.client)
    }

    @Test func `does not take an object of another size for its own`() async throws {
        let scripted = try ScriptedClient(.refused(404, "NoSuchUpload"), .size(11))
        let error = try #require(await scripted.failure(complete))
        #expect(StorageError(error).code == .checkpointLost)
    }

    @Test func `does not look after a refusal that leaves no doubt`() async throws {
        let scripted = try ScriptedClient(.refused(400, "InvalidPart"))
        #expect(await scripted.failure(complete)?.code == "InvalidPart")
        #expect(scripted.transport.methods == ["POST"])
    }

    @Test func `all attempts and looks together keep the time limit`() async throws {
        let scripted = try ScriptedClient(
            .refused(503, "SlowDown", ["Retry-After": "7"]), Reply(status: 404), .refused(503, "SlowDown"),
            Reply(status: 404), Self.done, random: 0)
        try await complete(scripted.client)
        #expect(scripted.transport.methods == ["POST", "HEAD", "POST", "HEAD", "POST"])
        let limits = scripted.transport.requests.map(\.deadline)
        #expect(limits == [.seconds(30), .seconds(30), .seconds(23), .seconds(23), .seconds(23)])
    }

    @Test func `takes a 404 that says nothing for an upload that is gone`() async throws {
        let part = try ScriptedClient(Reply(status: 404))
        let error = try #require(
            await part.failure { client in
                _ = try await client.uploadPart(3, of: "key", "u", .buffers([ByteBuffer(string: "part")]))
            })
        #expect(StorageError(error).code == .checkpointLost)
        let completion = try ScriptedClient(Reply(status: 404), .size(10))
        try await complete(completion.client)
        #expect(completion.transport.methods == ["POST", "HEAD"])
    }

    @Test func `asks for an ETag that was lost on the way`() async throws {
        let scripted = try ScriptedClient(
            .ok(),
            .ok(
                """
                <ListPartsResult><Part><PartNumber>3</PartNumber><ETag>"e3"</ETag><Size>4</Size></Part>\
                <IsTruncated>false</IsTruncated></ListPartsResult>
                """))
        let etag = try await scripted.client.uploadPart(3, of: "key", "u", .buffers([ByteBuffer(string: "part")]))
        #expect(etag == "\"e3\"")
    }

    @Test func `says of a lost answer that it may have begun another one, which can be ended`() async throws {
        let scripted = try ScriptedClient(
            .failed(.connectionLost),
            .ok("<InitiateMultipartUploadResult><UploadId>new</UploadId></InitiateMultipartUploadResult>"),
            .ok(
                """
                <ListMultipartUploadsResult><Upload><Key>key</Key><UploadId>old</UploadId></Upload>\
                <Upload><Key>key</Key><UploadId>new</UploadId></Upload>\
                <Upload><Key>keys</Key><UploadId>other</UploadId></Upload></ListMultipartUploadsResult>
                """),
            Reply(status: 204),
            .ok("<InitiateMultipartUploadResult><UploadId>next</UploadId></InitiateMultipartUploadResult>")
        )
        let created = try await scripted.client.createMultipart("key")
        #expect(created == ("new", isOnlyOne: false))
        try await scripted.client.abortUploads(of: "key", but: created.uploadID)
        #expect(scripted.transport.methods == ["POST", "POST", "GET", "DELETE"])
        #expect(scripted.transport.requests.last?.url.hasSuffix("?uploadId=old") == true)
        let next = try await scripted.client.createMultipart("key")
        #expect(next == ("next", isOnlyOne: true))
    }

    @Test func `takes an upload that is gone for aborted`() async throws {
        let scripted = try ScriptedClient(.refused(404, "NoSuchUpload"))
        try await scripted.client.abortMultipart("key", "u")
    }
}
