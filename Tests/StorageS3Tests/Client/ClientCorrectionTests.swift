import NIOCore
import RegistryCore
import Testing

@testable import StorageS3

struct ClientCorrectionTests {
    private func put(_ client: S3Client) async throws {
        try await client.put("key", .buffers([ByteBuffer(string: "content")]))
    }

    /// 2023-11-14T22:13:20Z is the client's time.
    @Test(arguments: [(403, "RequestTimeTooSkewed"), (400, "AccessDenied"), (403, "SignatureDoesNotMatch")])
    func `signs with the server's time once its own was refused`(_ status: Int, _ code: String) async throws {
        let scripted = try ScriptedClient(
            .refused(status, code, ["Date": "Tue, 14 Nov 2023 23:13:20 GMT"]), .stored, .stored)
        try await put(scripted.client)
        try await put(scripted.client)
        #expect(
            scripted.transport.requests.map { $0.headers["x-amz-date"] }
                == ["20231114T221320Z", "20231114T231320Z", "20231114T231320Z"])
        #expect(scripted.time.pauses.isEmpty)
    }

    @Test func `leaves the time alone when the clocks agree`() async throws {
        let scripted = try ScriptedClient(.refused(403, "AccessDenied", ["Date": "Tue, 14 Nov 2023 22:14:00 GMT"]))
        #expect(await scripted.failure(put)?.code == "AccessDenied")
        #expect(scripted.transport.isDone)
    }

    @Test func `gives up when the server's time does not help`() async throws {
        let scripted = try ScriptedClient(
            .refused(403, "RequestTimeTooSkewed", ["Date": "Tue, 14 Nov 2023 23:13:20 GMT"]),
            .refused(403, "RequestTimeTooSkewed", ["Date": "Tue, 14 Nov 2023 23:13:20 GMT"]))
        #expect(await scripted.failure(put)?.code == "RequestTimeTooSkewed")
    }

    @Test func `signs for the region that the server names`() async throws {
        let scripted = try ScriptedClient(
            .refused(400, "AuthorizationHeaderMalformed", [:], "<Region>eu-central-1</Region>"), .stored)
        try await put(scripted.client)
        #expect(scripted.transport.requests.last?.headers["authorization"]?.contains("/eu-central-1/s3/") == true)
    }

    @Test func `follows a bucket of AWS to its region`() async throws {
        let scripted = try ScriptedClient(
            .refused(301, "PermanentRedirect", ["x-amz-bucket-region": "eu-west-1"]), .stored,
            endpoint: "https://s3.us-east-1.amazonaws.com")
        try await put(scripted.client)
        #expect(scripted.transport.requests.last?.url == "https://bucket.s3.eu-west-1.amazonaws.com/key")
    }

    @Test func `says where the bucket is when it cannot follow`() async throws {
        let scripted = try ScriptedClient(.refused(301, "PermanentRedirect", ["x-amz-bucket-region": "eu-west-1"]))
        let error = StorageError(try #require(await scripted.failure(put)))
        #expect(error.message.contains("it is in eu-west-1; set `region: eu-west-1`"))
    }

    @Test func `signs bodies on plain HTTP and not over TLS`() async throws {
        let plain = try ScriptedClient(.stored)
        try await put(plain.client)
        #expect(
            plain.transport.requests.first?.headers["x-amz-content-sha256"]
                == "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73")
        let secure = try ScriptedClient(.stored, endpoint: "https://127.0.0.1:9000")
        try await put(secure.client)
        #expect(secure.transport.requests.first?.headers["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD")
    }

    @Test func `takes a blob's digest for its payload hash`() async throws {
        let scripted = try ScriptedClient(.stored, endpoint: "https://127.0.0.1:9000")
        let digest = try #require(Digest(.sha256, hex: String(repeating: "ab", count: 32)))
        try await scripted.client.put("key", .buffers([ByteBuffer(string: "content")]), digest: digest)
        #expect(scripted.transport.requests.first?.headers["x-amz-content-sha256"] == digest.hex)
    }

    @Test func `asks for encryption and a storage class where objects are made`() async throws {
        let scripted = try ScriptedClient(
            .stored, .ok("<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"),
            change: { options in
                options.serverSideEncryption = "aws:kms"
                options.storageClass = "STANDARD_IA"
            })
        try await put(scripted.client)
        _ = try await scripted.client.createMultipart("key")
        for request in scripted.transport.requests {
            #expect(request.headers["x-amz-server-side-encryption"] == "aws:kms")
            #expect(request.headers["x-amz-storage-class"] == "STANDARD_IA")
        }
    }
}
