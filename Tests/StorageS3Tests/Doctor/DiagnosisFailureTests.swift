import NIOCore
import RegistryCore
import S3Servers
import Testing

@testable import StorageS3

/// What the doctor says of a configuration that is wrong, or a server that is none.
struct DiagnosisFailureTests {
    private func findings(_ endpoint: String, now: @escaping @Sendable () -> Timestamp = { .now }) async throws
        -> [Finding]
    {
        let address = try BucketAddress(Endpoint(endpoint), bucket: "bucket", pathStyle: true)
        let credentials = StaticCredentials(credentials: Credentials(accessKeyID: "ID", secretAccessKey: "secret"))
        var time = ClientTime.system
        time.now = now
        let client = S3Client(
            Place(address: address, region: "us-east-1"),
            CredentialChain([credentials], World().surroundings, logger: quiet),
            try CurlTransport.make(),
            time: time,
            logger: quiet
        )
        return await S3Diagnosis(client).findings()
    }

    @Test(arguments: [
        ("wrong secret", "signature", "the secret is not this access key's", "correct `secret-access-key`"),
        ("unknown key", "signature", "the server does not know this access key", "correct `access-key-id`"),
        ("no bucket", "bucket", "there is no such bucket", "create it, or correct `bucket` and `endpoint`"),
    ])
    func `names what is wrong`(_ mistake: String, _ probe: String, _ detail: String, _ advice: String) async throws {
        let fixture = try await StorageOverServer(StorageServer.rclone.value)
        let address = try BucketAddress(
            Endpoint(fixture.server.endpoint), bucket: mistake == "no bucket" ? "missing" : StorageServer.bucket,
            pathStyle: true)
        let client = fixture.client(
            Place(address: address, region: StorageServer.region),
            secret: mistake == "wrong secret" ? "wrong" : StorageServer.secretAccessKey,
            id: mistake == "unknown key" ? "AKIANOBODY" : StorageServer.accessKeyID)
        let last = try #require(await S3Diagnosis(client).findings().last)
        #expect(last.probe == probe && last.verdict == .failed && last.code == .misconfigured, "\(last)")
        #expect(last.detail.hasPrefix(detail) && last.advice == advice, "\(last)")
    }

    @Test func `says that nobody listens`() async throws {
        let port = try DeadPort()
        let findings = try await findings(port.url)
        #expect(findings.map(\.probe) == ["reachability"])
        #expect(findings.first?.code == .unavailable)
        #expect(findings.first?.detail.hasPrefix("the S3 server cannot be reached") == true, "\(findings)")
    }

    @Test(arguments: [
        ("404 Not Found", "text/html", "<html><title>404 Not Found</title><hr>nginx</html>", "it says “404 Not Found"),
        ("400 Bad Request", "text/plain", "Client sent an HTTP request to an HTTPS server.", "to an HTTPS server"),
        ("200 OK", "text/html", "<!doctype html><p>Welcome", "not an S3 server"),
        (
            "301 Moved Permanently\r\nLocation: https://example.com/", "text/html", "moved",
            "redirects to https://example"
        ),
    ])
    func `knows a server that is none`(_ status: String, _ type: String, _ body: String, _ words: String) async throws {
        let server = try AnsweringServer { _ in (status, ["Content-Type: \(type)"], body) }
        let findings = try await findings(server.url)
        let last = try #require(findings.last)
        #expect(last.probe == "protocol" && last.verdict == .failed && last.code == .misconfigured, "\(findings)")
        #expect(last.detail.contains(words) && last.advice == "correct `endpoint`", "\(last)")
    }

    @Test func `says that whoever answers does not speak HTTP`() async throws {
        let server = try RawServer { peer, _ in
            _ = try peer.head()
            try peer.write("SSH-2.0-OpenSSH_9.2p1\r\n")
            peer.readToEnd()
        }
        let findings = try await findings(server.url)
        #expect(findings.first?.detail.hasPrefix("what answers does not speak HTTP") == true, "\(findings)")
    }

    /// A server that knows a bucket in one region and tells, as AWS does.
    @Test func `names the region that the bucket is in`() async throws {
        let server = try AnsweringServer { request in
            let isSigned = request.headers.contains { $0.lowercased().hasPrefix("authorization:") }
            guard isSigned else { return ("403 Forbidden", [], Self.document("AccessDenied")) }
            guard request.headers.contains(where: { $0.contains("/eu-central-1/s3/") }) else {
                let document = Self.document("AuthorizationHeaderMalformed", "<Region>eu-central-1</Region>")
                return ("400 Bad Request", [], document)
            }
            guard request.line.contains("list-type=2") else { return ("404 Not Found", [], Self.document("NoSuchKey")) }
            return ("200 OK", [], "<ListBucketResult></ListBucketResult>")
        }
        let region = try #require(try await findings(server.url).first { $0.probe == "region" })
        #expect(region.verdict == .degraded && region.advice == "set `region: eu-central-1`", "\(region)")
    }

    @Test func `names the region that it cannot follow the bucket to`() async throws {
        let server = try AnsweringServer { _ in
            ("301 Moved Permanently", ["x-amz-bucket-region: eu-west-1"], Self.document("PermanentRedirect"))
        }
        let region = try #require(try await findings(server.url).last)
        #expect(region.probe == "region" && region.code == .misconfigured, "\(region)")
        #expect(region.advice == "it is in eu-west-1; set `region: eu-west-1`")
    }

    @Test(arguments: [(-1200, "1200 s behind"), (1200, "1200 s ahead of"), (60, "60 s ahead of"), (0, "agrees")])
    func `says how far the clock is off`(_ seconds: Int64, _ words: String) async throws {
        // 2023-11-14T22:13:20Z
        let server = try AnsweringServer { _ in
            ("403 Forbidden", ["Date: Tue, 14 Nov 2023 22:13:20 GMT"], Self.document("AccessDenied"))
        }
        let time = Timestamp(milliseconds: (1_700_000_000 + seconds) * 1000)
        let clock = try #require(try await findings(server.url, now: { time }).first { $0.probe == "clock" })
        #expect(clock.detail.contains(words) && clock.verdict == (seconds == 0 ? .ok : .degraded), "\(clock)")
    }

    @Test func `says that the clock is why, where the server's time does not help`() async throws {
        let server = try AnsweringServer { _ in ("403 Forbidden", [], Self.document("RequestTimeTooSkewed")) }
        let last = try #require(try await findings(server.url).last)
        #expect(last.probe == "clock" && last.verdict == .failed && last.advice == "set the clock (NTP)", "\(last)")
    }

    private static func document(_ code: String, _ more: String = "") -> String {
        "<Error><Code>\(code)</Code><Message>as scripted</Message>\(more)</Error>"
    }
}

/// A server that answers every request by itself, whatever came before.
final class AnsweringServer: Sendable {
    private let server: RawServer
    var url: String { server.url }

    init(_ answer: @escaping @Sendable (Peer.Request) -> (status: String, headers: [String], body: String)) throws {
        server = try RawServer { peer, _ in
            while true {
                let (status, headers, body) = answer(try peer.request())
                let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + headers
                try peer.write(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
            }
        }
    }
}
