import Foundation
import S3Servers
import Testing

/// `redirect`: clients fetch blobs from the S3 server.
struct S3RedirectTests {
    /// A registry with one blob in it.
    private struct Redirecting {
        let server: Server
        let client: Client
        let repository = uniqueRepository()
        let content = randomBytes(300_000)
        let digest: String
        var blob: String { "/v2/\(repository)/blobs/\(digest)" }

        init(_ bucket: S3Bucket, _ redirect: String, settings: [String] = []) throws {
            server = try Server(
                settings: settings, configuration: bucket.configuration(["redirect": "{ \(redirect) }"]))
            client = Client(server)
            digest = try client.pushBlob(content, to: repository)
        }
    }

    @Test func `a GET is sent to the server, signed, and keeps its digest`() async throws {
        let bucket = S3Bucket(try await StorageServer.rclone.value)
        try await blocking {
            let it = try Redirecting(
                bucket, "enabled: true, expires: 90s", settings: ["http.public-url=https://registry.example.com"])
            let response = try it.client.get(it.blob)
            expect(response, 307)
            let location = try #require(response["Location"])
            #expect(location.hasPrefix("\(bucket.server.endpoint)/registry/\(bucket.prefix)blobs/sha256/"))
            #expect(location.contains("X-Amz-Expires=90&"))
            #expect(response["Docker-Content-Digest"] == it.digest)
            #expect(response["Cache-Control"] == "no-store")
            #expect(response["Content-Length"] == "0")
            let fetched = it.server.directory("fetched")
            try run("curl", "-sf", "--noproxy", "*", "-o", fetched, location)
            expectSame(try contents(of: fetched), it.content)
            // What is logged opens nothing.
            #expect(!it.server.log.contains("X-Amz-Signature"))
        }
    }

    @Test(arguments: [0...0, 1000...70_000, 299_999...299_999])
    func `a client that follows gets the range that it asked for`(_ range: ClosedRange<Int>) async throws {
        let bucket = S3Bucket(try await StorageServer.ceph.value)
        try await blocking {
            let it = try Redirecting(bucket, "enabled: true")
            let fetched = it.server.directory("fetched")
            let result = try run(
                "curl", "-sfL", "--noproxy", "*", "-o", fetched, "-w", "%{http_code} %{num_redirects}", "-r",
                "\(range.lowerBound)-\(range.upperBound)", "http://\(it.server.address)\(it.blob)")
            #expect(result.line == "206 1")
            expectSame(try contents(of: fetched), Array(it.content[range]))
        }
    }

    @Test func `what the registry knows by itself it answers by itself`() async throws {
        let bucket = S3Bucket(try await StorageServer.rclone.value)
        try await blocking {
            // Nobody is there: what went to S3, by way of us or the client, would fail.
            let it = try Redirecting(bucket, "enabled: true, public-endpoint: \"https://s3.example.com\"")
            let head = try it.client.head(it.blob)
            expect(head, 200)
            #expect(head["Content-Length"] == "300000")
            expect(try it.client.get(it.blob, [("If-None-Match", "\"\(it.digest)\"")]), 304)
            expect(try it.client.get(it.blob, [("Range", "bytes=300000-")]), 416)
            expect(try it.client.get("/v2/\(it.repository)/blobs/\(sha256([1]))"), 404, "BLOB_UNKNOWN")
            // Not every S3 server knows several.
            let several = try it.client.get(it.blob, [("Range", "bytes=0-9,100-199")])
            expect(several, 206)
            let location = try #require(try it.client.get(it.blob)["Location"])
            #expect(location.hasPrefix("https://s3.example.com/registry/\(bucket.prefix)blobs/"))
        }
    }

    @Test func `skopeo follows`() async throws {
        let bucket = S3Bucket(try await StorageServer.ceph.value)
        try await blocking {
            let it = try Redirecting(bucket, "enabled: true")
            let directory = it.server.directory
            let home = ["HOME": directory.path, "XDG_RUNTIME_DIR": directory("run")]
            let image = try ImageLayout(in: directory, name: "image", tag: "v1", platforms: ["amd64"], layers: 3)
            let remote = "docker://\(it.server.address)/\(uniqueRepository("skopeo")):v1"
            try run(
                "skopeo", "--insecure-policy", "copy", "--dest-tls-verify=false", "oci:\(image.path):v1", remote,
                environment: home)
            try run(
                "skopeo", "--insecure-policy", "copy", "--src-tls-verify=false", remote,
                "oci:\(directory("back")):v1", environment: home)
            #expect(files(below: directory("back/blobs/sha256")) == image.blobs)
        }
    }
}
