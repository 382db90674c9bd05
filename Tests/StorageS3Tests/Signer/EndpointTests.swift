import RegistryCore
import Testing

@testable import StorageS3

@Suite struct `An endpoint` {
    @Test(arguments: [
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("HTTP://LocalHost:80/", "http://localhost"),
        ("https://s3.example.com:443", "https://s3.example.com"),
        ("https://s3.example.com:80", "https://s3.example.com:80"),
        ("http://[::1]:9000", "http://[::1]:9000"),
        ("http://[FD00::1]", "http://[fd00::1]"),
        ("https://x.example.com/storage/v1/s3//", "https://x.example.com/storage/v1/s3"),
    ])
    func `is read and printed`(text: String, printed: String) throws {
        #expect(try Endpoint(text).description == printed)
    }

    @Test(arguments: [
        "", "127.0.0.1:9000", "ftp://h", "http://", "http://:80", "http://h:0", "http://h:65536", "http://h:x",
        "http://h:",
        "http://a b", "http://h?x", "http://h#x", "http://ü", "http://[::1", "http://[]", "http://a%2fb",
    ])
    func `is refused when it is none`(text: String) {
        #expect(throws: EndpointError.self) { try Endpoint(text) }
    }

    @Test func `does not repeat a password`() throws {
        let error = #expect(throws: EndpointError.self) { try Endpoint("http://user:hunter2@h") }
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test func `of AWS follows the region`() {
        #expect(Endpoint.aws(region: "eu-central-1").description == "https://s3.eu-central-1.amazonaws.com")
        #expect(Endpoint.aws(region: "cn-north-1").description == "https://s3.cn-north-1.amazonaws.com.cn")
    }
}

@Suite struct `A bucket's address` {
    private let key = ObjectKey("unnamed/4c/4c2f")

    @Test func `is in path style away from AWS`() throws {
        let address = try BucketAddress(Endpoint("http://127.0.0.1:9000"), bucket: "registry", prefix: "/team-a/")
        #expect(address.target(key).url == "http://127.0.0.1:9000/registry/team-a/unnamed/4c/4c2f")
        #expect(address.target(key).authority == "127.0.0.1:9000")
        #expect(address.target(["delete": nil]).url == "http://127.0.0.1:9000/registry?delete")
        #expect(try BucketAddress(Endpoint("https://minio.example.com"), bucket: "registry").pathStyle)
    }

    @Test func `is in virtual-host style on AWS`() throws {
        let address = try BucketAddress(.aws(region: "us-east-1"), bucket: "registry", prefix: "a/b")
        #expect(address.target(key).url == "https://registry.s3.us-east-1.amazonaws.com/a/b/unnamed/4c/4c2f")
        #expect(address.target().url == "https://registry.s3.us-east-1.amazonaws.com/")
        #expect(address.target(key).authority == "registry.s3.us-east-1.amazonaws.com")
    }

    @Test(arguments: ["dotted.bucket", "Upper", "under_score", "ab"])
    func `is in path style on AWS where the name would not do`(bucket: String) throws {
        #expect(try BucketAddress(.aws(region: "us-east-1"), bucket: bucket).pathStyle)
    }

    @Test func `keeps the port in virtual-host style`() throws {
        let address = try BucketAddress(Endpoint("http://s3.example.com:9000"), bucket: "registry", pathStyle: false)
        #expect(address.target(key).url == "http://registry.s3.example.com:9000/unnamed/4c/4c2f")
    }

    @Test func `lies below the endpoint's path`() throws {
        let address = try BucketAddress(Endpoint("http://h/storage/s3/"), bucket: "registry")
        #expect(address.target(key).url == "http://h/storage/s3/registry/unnamed/4c/4c2f")
    }

    @Test(arguments: ["http://127.0.0.1:9000", "http://[::1]", "http://localhost", "http://h.example.com/path"])
    func `cannot be in virtual-host style at an endpoint without subdomains`(endpoint: String) {
        #expect(throws: EndpointError.self) {
            try BucketAddress(Endpoint(endpoint), bucket: "registry", pathStyle: false)
        }
    }

    @Test(arguments: ["", "a/b", "..", "a b", "a?b", "ü"])
    func `needs a bucket`(name: String) {
        #expect(throws: EndpointError.self) { try BucketAddress(Endpoint("http://h"), bucket: name) }
    }

    @Test(arguments: ["a//b", "a/../b", "."])
    func `refuses a prefix that some servers fold`(prefix: String) {
        #expect(throws: EndpointError.self) {
            try BucketAddress(Endpoint("http://h"), bucket: "bucket", prefix: prefix)
        }
    }

    @Test func `tells its own keys from others'`() throws {
        let address = try BucketAddress(Endpoint("http://h"), bucket: "bucket", prefix: "p")
        #expect(address.name(of: key) == "p/unnamed/4c/4c2f")
        #expect(address.key(named: "p/unnamed/4c/4c2f") == key)
        #expect(address.key(named: "q/unnamed/4c/4c2f") == nil)
        #expect(address.key(named: "p/\u{301}x")?.description == "\u{301}x")
    }
}

@Suite struct `Encodings and times` {
    @Test(arguments: [("a%2Fb", "a/b"), ("a/b", "a/b"), ("a+b", "a b"), ("a%20b", "a b"), ("%c3%BC", "ü"), ("", "")])
    func `percent-encoding is undone`(text: String, decoded: String) {
        #expect(percentDecoded(text) == decoded)
    }

    @Test(arguments: ["%", "%a", "%zz", "%ff", "a%2"])
    func `broken percent-encoding is noticed`(text: String) {
        #expect(percentDecoded(text) == nil)
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2009-10-12T17:50:30.000Z", 1_255_369_830_000),
        ("2024-02-29T23:59:59.5Z", 1_709_251_199_500), ("2013-05-24T02:00:00+02:00", 1_369_353_600_000),
        ("2013-05-23T19:30:00.123456-0430", 1_369_353_600_123), ("1969-12-31T23:59:59Z", -1000),
    ])
    func `times are read`(text: String, milliseconds: Int64) {
        #expect(CivilTime.timestamp(text) == Timestamp(milliseconds: milliseconds))
    }

    @Test(arguments: [
        "", "2013", "2013-13-01T00:00:00Z", "2013-05-24T00:00:00", "2013-05-24T00:00:00Zx", "2013-05-24T00:00:00.Z",
    ])
    func `what is no time is noticed`(text: String) {
        #expect(CivilTime.timestamp(text) == nil)
    }

    @Test(arguments: [
        (0, "19700101T000000Z"), (951_782_399_999, "20000228T235959Z"), (951_782_400_000, "20000229T000000Z"),
        (4_107_542_399_000, "21000228T235959Z"), (4_107_542_400_000, "21000301T000000Z"), (-1, "19691231T235959Z"),
    ])
    func `times are written`(milliseconds: Int64, stamp: String) {
        #expect(SigningDate(Timestamp(milliseconds: milliseconds)).stamp == stamp)
    }

    @Test func `hashes are what they are said to be`() {
        #expect(contentMD5(Array("hello".utf8)) == "XUFAKrxLKna5cZ2REBfFkg==")
        #expect(contentMD5([]) == "1B2M2Y8AsgTpgAmY7PhCfg==")
        // RFC 4231, test case 2.
        #expect(
            hexEncoded(hmacSHA256(Array("Jefe".utf8), Array("what do ya want for nothing?".utf8)))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        )
        #expect(PayloadHash(of: []).headerValue == PayloadHash.empty.headerValue)
    }
}
