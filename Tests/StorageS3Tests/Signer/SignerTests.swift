import RegistryCore
import Testing

@testable import StorageS3

@Suite struct `The signer` {
    private let signer = Signer(region: "us-east-1")
    private let time = Timestamp(milliseconds: 1_369_353_600_000)
    private let credentials = Credentials(accessKeyID: "AKID", secretAccessKey: "secret", sessionToken: "token/+=")

    private func target(_ query: Query = [:]) throws -> RequestTarget {
        try BucketAddress(Endpoint("http://127.0.0.1:9000"), bucket: "bucket").target(name: "a/key", query)
    }

    @Test func `replaces the signature of an earlier attempt`() throws {
        let target = try target()
        let first = signer.sign(
            "GET", target, headers: [("Range", "bytes=0-")], payload: .empty, as: credentials, at: time)
        let later = Timestamp(milliseconds: time.milliseconds + 5000)
        let again = signer.sign("GET", target, headers: first, payload: .unsigned, as: credentials, at: later)
        let fresh = signer.sign(
            "GET", target, headers: [("Range", "bytes=0-")], payload: .unsigned, as: credentials, at: later)
        #expect(again.map(\.name) == fresh.map(\.name))
        #expect(again.map(\.value) == fresh.map(\.value))
    }

    @Test func `covers the session token`() throws {
        let signed = signer.sign("GET", try target(), payload: .empty, as: credentials, at: time)
        #expect(signed.contains { $0 == ("x-amz-security-token", "token/+=") })
        let authorization = signed.first { $0.name == "authorization" }?.value ?? ""
        #expect(authorization.contains("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,"))
    }

    @Test func `puts the session token into a presigned URL`() throws {
        let url = signer.presign("GET", try target(), expiring: .seconds(60), as: credentials, at: time)
        #expect(url.contains("X-Amz-Security-Token=token%2F%2B%3D&"))
    }

    @Test(arguments: [
        (Duration.seconds(0), 1), (.milliseconds(1999), 1), (.seconds(3600), 3600), (.seconds(9_000_000), 604_800),
    ])
    func `keeps a presigned URL's life within what S3 takes`(expiring: Duration, seconds: Int) throws {
        let url = signer.presign("GET", try target(), expiring: expiring, as: credentials, at: time)
        #expect(url.contains("X-Amz-Expires=\(seconds)&"))
    }

    @Test func `joins repeated headers in their order and folds white space`() throws {
        let request = CanonicalRequest(
            headers: [("X-B", " 2 \t 3 "), ("x-a", ""), ("x-b", "1"), ("User-Agent", "curl")], host: "h")
        let bytes = request.bytes(method: "GET", target: try target(), payload: .unsigned)
        #expect(
            String(decoding: bytes, as: UTF8.self) == """
                GET
                /bucket/a/key

                host:h
                x-a:
                x-b:2 3,1

                host;x-a;x-b
                UNSIGNED-PAYLOAD
                """
        )
    }

    @Test func `leaves a path as it is`() throws {
        let address = try BucketAddress(Endpoint("http://h"), bucket: "bucket")
        #expect(address.target(name: "../a//./b/ü %2F+~").path == "/bucket/../a//./b/%C3%BC%20%252F%2B~")
    }

    @Test func `takes a blob's digest for the payload's hash, if it is a sha256`() throws {
        let hex = String(repeating: "ab", count: 32)
        #expect(PayloadHash(try #require(Digest(.sha256, hex: hex))) == .sha256(hex: hex))
        #expect(PayloadHash(try #require(Digest(.sha512, hex: hex + hex))) == nil)
    }
}

@Suite struct `Signing keys` {
    @Test func `are derived as the documentation says`() {
        // AWS documentation, "Deriving the signing key".
        let keys = SigningKeys()
        let key = keys.key(
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", day: "20120215", region: "us-east-1", service: "iam")
        #expect(hexEncoded(key) == "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d")
    }

    @Test func `are kept by secret, day, region and service`() {
        let keys = SigningKeys()
        let first = keys.key(secret: "s", day: "20120215", region: "r", service: "s3")
        let others = [
            keys.key(secret: "t", day: "20120215", region: "r", service: "s3"),
            keys.key(secret: "s", day: "20120216", region: "r", service: "s3"),
            keys.key(secret: "s", day: "20120215", region: "q", service: "s3"),
            keys.key(secret: "s", day: "20120215", region: "r", service: "sts"),
        ]
        #expect(Set(others + [first]).count == 5)
        #expect(keys.count == 5)
        #expect(keys.key(secret: "s", day: "20120215", region: "r", service: "s3") == first)
        #expect(keys.count == 5)
    }

    @Test func `are bounded, and the one used last stays`() {
        let keys = SigningKeys()
        let first = keys.key(secret: "s", day: "20120101", region: "r", service: "s3")
        for number in 0..<200 {
            _ = keys.key(secret: "\(number)", day: "20120101", region: "r", service: "s3")
            #expect(keys.key(secret: "s", day: "20120101", region: "r", service: "s3") == first)
        }
        #expect(keys.count == SigningKeys.limit)
    }

    @Test func `are the same from many threads`() async {
        let keys = SigningKeys()
        let all = await withTaskGroup(of: [UInt8].self) { group in
            for number in 0..<400 {
                group.addTask { keys.key(secret: "s", day: "20120101", region: "\(number % 20)", service: "s3") }
            }
            return await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
        }
        #expect(all.count == 20)
        #expect(keys.count <= SigningKeys.limit)
    }
}
