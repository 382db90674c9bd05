import RegistryCore
import Testing

@testable import StorageS3

/// URLs for clients of the registry.
struct ClientPresigningTests {
    private let address: BucketAddress

    init() throws {
        address = try BucketAddress(Endpoint("https://s3.example.com"), bucket: "bucket")
    }

    /// A client whose credentials end `life` after its clock.
    private func client(_ transport: ScriptedTransport, credentialsEndAfter life: Duration?) throws -> S3Client {
        let time = ScriptedTime()
        let credentials = Credentials(
            accessKeyID: "ID", secretAccessKey: "secret", sessionToken: life.map { _ in "to/ken" },
            expiration: life.map { Timestamp(milliseconds: time.start.milliseconds + $0.components.seconds * 1000) })
        let chain = CredentialChain(
            [StaticCredentials(credentials: credentials)], World().surroundings, logger: quiet)
        let place = Place(
            address: try BucketAddress(Endpoint("http://10.1.2.3:9000"), bucket: "bucket"), region: "eu-central-1")
        return S3Client(place, chain, transport, time: time.time(), logger: quiet)
    }

    @Test func `are signed for the public endpoint's host, in the bucket's region, and ask the server nothing`()
        async throws
    {
        let transport = ScriptedTransport([])
        let client = try client(transport, credentialsEndAfter: nil)
        let url = try #require(try await client.url(of: "a/b c", at: address, expiring: .seconds(1200)))
        #expect(url.text.hasPrefix("https://s3.example.com/bucket/a/b%20c?X-Amz-Algorithm=AWS4-HMAC-SHA256&"))
        #expect(url.text.contains("%2F20231114%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20231114T221320Z&"))
        #expect(url.text.contains("&X-Amz-Expires=1200&X-Amz-SignedHeaders=host&X-Amz-Signature="))
        #expect(url.lifetime == .seconds(1200))
        #expect(transport.requests.isEmpty)
        #expect(!"\(url)".contains("Signature"))
        let direct = try #require(try await client.url(of: "a", at: nil, expiring: .seconds(1)))
        #expect(direct.text.hasPrefix("http://10.1.2.3:9000/bucket/a?"))
    }

    @Test func `end with the credentials, and carry their token`() async throws {
        let client = try client(ScriptedTransport([]), credentialsEndAfter: .seconds(500))
        let url = try #require(try await client.url(of: "a", at: address, expiring: .seconds(1200)))
        #expect(url.text.contains("&X-Amz-Expires=500&"))
        #expect(url.text.contains("&X-Amz-Security-Token=to%2Fken&"))
        #expect(url.lifetime == .seconds(500))
    }

    @Test func `are not given out when the credentials are about to end`() async throws {
        let client = try client(ScriptedTransport([]), credentialsEndAfter: .seconds(9))
        #expect(try await client.url(of: "a", at: address, expiring: .seconds(1200)) == nil)
        #expect(try await client.url(of: "a", at: address, expiring: .seconds(9)) != nil)
    }
}
