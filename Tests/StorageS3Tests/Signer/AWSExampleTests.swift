import RegistryCore
import Testing

@testable import StorageS3

/// The examples of "Authenticating Requests (AWS Signature Version 4)" in Amazon S3's API reference.
@Suite struct `The examples in AWS's documentation` {
    private let signer = Signer(region: "us-east-1")
    private let time = Timestamp(milliseconds: 1_369_353_600_000)
    private let credentials = Credentials(
        accessKeyID: "AKIAIOSFODNN7EXAMPLE",
        secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    )

    private func address() throws -> BucketAddress {
        try BucketAddress(Endpoint("https://s3.amazonaws.com"), bucket: "examplebucket", pathStyle: false)
    }

    private func authorization(
        _ method: String,
        _ target: RequestTarget,
        headers: [Header] = [],
        payload: PayloadHash = .empty
    ) -> String? {
        signer.sign(method, target, headers: headers, payload: payload, as: credentials, at: time)
            .first { $0.name == "authorization" }?.value
    }

    @Test func `GET object`() throws {
        let target = try address().target(name: "test.txt")
        #expect(
            authorization("GET", target, headers: [("Range", "bytes=0-9")]) == """
                AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
                SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, \
                Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41
                """
        )
    }

    @Test func `GET object, in its canonical form`() throws {
        let signed = signer.sign(
            "GET", try address().target(name: "test.txt"), headers: [("Range", "bytes=0-9")], payload: .empty,
            as: credentials, at: time)
        let canonical = CanonicalRequest(
            headers: signed.filter { $0.name != "authorization" }, host: "examplebucket.s3.amazonaws.com")
        let bytes = canonical.bytes(method: "GET", target: try address().target(name: "test.txt"), payload: .empty)
        #expect(
            String(decoding: bytes, as: UTF8.self) == """
                GET
                /test.txt

                host:examplebucket.s3.amazonaws.com
                range:bytes=0-9
                x-amz-content-sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
                x-amz-date:20130524T000000Z

                host;range;x-amz-content-sha256;x-amz-date
                e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
                """
        )
        #expect(
            hexEncoded(sha256(bytes)) == "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972"
        )
    }

    @Test func `PUT object`() throws {
        let headers: [Header] = [
            ("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ]
        let payload = PayloadHash(of: Array("Welcome to Amazon S3.".utf8))
        #expect(payload == .sha256(hex: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"))
        let target = try address().target(name: "test$file.text")
        #expect(
            authorization("PUT", target, headers: headers, payload: payload) == """
                AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
                SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, \
                Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd
                """
        )
    }

    @Test func `GET bucket lifecycle`() throws {
        #expect(
            authorization("GET", try address().target(["lifecycle": nil])) == """
                AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
                SignedHeaders=host;x-amz-content-sha256;x-amz-date, \
                Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543
                """
        )
    }

    @Test func `List objects`() throws {
        #expect(
            authorization("GET", try address().target(["prefix": "J", "max-keys": "2"])) == """
                AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
                SignedHeaders=host;x-amz-content-sha256;x-amz-date, \
                Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7
                """
        )
    }

    @Test func `A presigned GET`() throws {
        let target = try address().target(name: "test.txt")
        #expect(
            signer.presign("GET", target, expiring: .seconds(86_400), as: credentials, at: time) == """
                https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&\
                X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&\
                X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&\
                X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404
                """
        )
    }
}
