import NIOCore
import RegistryCore
import Testing

@testable import StorageS3

@Suite struct `Answers of S3` {
    private func body(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

    @Test func `list objects`() throws {
        let listing = try ObjectListing(body: body(Documents.listing))
        #expect(
            listing.objects == [
                .init(key: "team-a/sha256/9f/a b c+d", size: 434_234, etag: "\"fba9dede5f27731c9771645a39863328\""),
                .init(key: "漢", size: 0, etag: nil),
            ])
        #expect(listing.commonPrefixes == ["team-a/unnamed/"])
        #expect(listing.continuation == "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=")
    }

    @Test func `list objects without any encoding`() throws {
        let listing = try ObjectListing(
            body: body(
                """
                <ListBucketResult><IsTruncated>false</IsTruncated><NextContinuationToken>x</NextContinuationToken>
                <Contents><Key>a+%2F&amp;b</Key><Size>5000000000</Size></Contents></ListBucketResult>
                """))
        #expect(listing.objects == [.init(key: "a+%2F&b", size: 5_000_000_000)])
        #expect(listing.continuation == nil)
    }

    @Test(arguments: [
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        "<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key><Size>-1</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key><Size>99999999999999999999</Size></Contents></ListBucketResult>",
        "<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>%ff</Key><Size>1</Size></Contents></ListBucketResult>",
        "<ListAllMyBucketsResult/>", "<html/>",
    ])
    func `that leave something out are refused`(text: String) {
        let error = #expect(throws: XMLError.self) { try ObjectListing(body: body(text)) }
        #expect(error?.code == .unexpected)
    }

    @Test func `name a multipart upload`() throws {
        let creation = try MultipartCreation(
            body: body(
                """
                <InitiateMultipartUploadResult><Bucket>b</Bucket><Key>k</Key><UploadId>VX+/=~</UploadId>\
                </InitiateMultipartUploadResult>
                """))
        #expect(creation.uploadID == "VX+/=~")
        for root in ["InitiateMultipartUpload", "InitiateMultipartUploadResponse"] {
            #expect(try MultipartCreation(body: body("<\(root)><UploadId>4</UploadId></\(root)>")).uploadID == "4")
        }
        #expect(throws: XMLError.self) {
            try MultipartCreation(
                body: body("<InitiateMultipartUploadResult><UploadId/></InitiateMultipartUploadResult>"))
        }
    }

    @Test(arguments: [
        ("<ETag>\"a-2\"</ETag>", "\"a-2\""), ("<ETag>&quot;a-2&quot;</ETag>", "\"a-2\""), ("<ETag></ETag>", nil),
        ("", nil),
    ])
    func `complete an upload, with an ETag or without`(text: String, etag: String?) throws {
        let document =
            "   <?xml version=\"1.0\"?>\n   <CompleteMultipartUploadResult>\(text)</CompleteMultipartUploadResult>"
        #expect(try MultipartCompletion(body: body(document)).etag == (etag?.isEmpty == true ? nil : etag))
    }

    @Test func `that are errors are thrown, whatever the status was`() throws {
        let document = "<?xml version=\"1.0\"?>\n<Error><Code>InternalError</Code><Message>try again</Message></Error>"
        let failure = #expect(throws: S3Failure.self) { try MultipartCompletion(body: body(document)) }
        #expect(failure?.code == "InternalError")
    }

    @Test func `list uploads under way`() throws {
        let listing = try UploadListing(
            body: body(
                """
                <ListMultipartUploadsResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
                <NextKeyMarker>a%2Fb</NextKeyMarker><NextUploadIdMarker>u2</NextUploadIdMarker>
                <Upload><Key>a%2Fa</Key><UploadId>u1</UploadId><Initiated>2010-11-10T20:48:33.000Z</Initiated></Upload>
                <Upload><Key>a/b</Key><UploadId>u2</UploadId></Upload></ListMultipartUploadsResult>
                """))
        #expect(
            listing.uploads == [
                .init(key: "a/a", uploadID: "u1", initiated: Timestamp(milliseconds: 1_289_422_113_000)),
                .init(key: "a/b", uploadID: "u2"),
            ])
        #expect(listing.next == .init(key: "a/b", uploadID: "u2"))
    }

    @Test func `list parts in their order`() throws {
        let listing = try PartListing(
            body: body(
                """
                <ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>2</NextPartNumberMarker>
                <Part><PartNumber>2</PartNumber><ETag>b</ETag><Size>7</Size></Part>
                <Part><PartNumber>1</PartNumber><ETag>&quot;a&quot;</ETag><Size>5242880</Size></Part></ListPartsResult>
                """))
        #expect(
            listing.parts == [.init(number: 1, size: 5_242_880, etag: "\"a\""), .init(number: 2, size: 7, etag: "b")])
        #expect(listing.next == 2)
    }

    @Test func `say what was not deleted`() throws {
        let result = try DeletionResult(
            body: body(
                """
                <DeleteResult><Deleted><Key>a&amp;b</Key></Deleted>
                <Error><Key>c</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>
                """))
        #expect(result.deleted == ["a&b"])
        #expect(result.refused == [.init(key: "c", code: "AccessDenied", message: "no")])
    }
}

@Suite struct `Errors of S3` {
    @Test func `say what went wrong and where`() throws {
        let failure = try #require(
            S3Failure(
                body: ByteBuffer(
                    string: """
                        <?xml version="1.0" encoding="UTF-8"?>
                        <Error><Code>AuthorizationHeaderMalformed</Code><Message>wrong region</Message>
                        <Region>eu-central-1</Region><Endpoint>b.s3.eu-central-1.amazonaws.com</Endpoint><BucketName>b</BucketName>
                        <Resource>/b/k</Resource><RequestId>R1</RequestId><HostId>H1</HostId>
                        <ServerTime>2013-05-24T00:00:00Z</ServerTime></Error>
                        """)))
        #expect(failure.code == "AuthorizationHeaderMalformed")
        #expect(failure.region == "eu-central-1")
        #expect(failure.endpoint == "b.s3.eu-central-1.amazonaws.com")
        #expect(failure.bucket == "b")
        #expect(failure.hostID == "H1")
        #expect(failure.serverTime == Timestamp(milliseconds: 1_369_353_600_000))
        #expect(failure.description == "AuthorizationHeaderMalformed: wrong region (/b/k) [request R1]")
    }

    @Test(arguments: ["", "<html><body>502</body></html>", "<Error><Code>Slow", "Bad Gateway", "<ErrorResponse/>"])
    func `may come without a document`(text: String) {
        #expect(S3Failure(body: ByteBuffer(string: text)) == nil)
    }

    @Test func `may say nothing`() {
        #expect(S3Failure(body: ByteBuffer(string: "<Error/>"))?.code == "Unknown")
    }
}

@Suite struct `Bodies of requests` {
    @Test func `complete an upload`() {
        let list = MultipartPartList(parts: [.init(number: 1, etag: "\"a\""), .init(number: 2, etag: "b")])
        #expect(
            String(decoding: list.body, as: UTF8.self) == """
                <?xml version="1.0" encoding="UTF-8"?>\
                <CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\
                <Part><PartNumber>1</PartNumber><ETag>&quot;a&quot;</ETag></Part>\
                <Part><PartNumber>2</PartNumber><ETag>b</ETag></Part>\
                </CompleteMultipartUpload>
                """)
    }

    @Test(arguments: ["plain/key", "<&>\"'", "]]>", "tab\there", "line\r\nend ", "e\u{301}漢🐳", "  "])
    func `are read back as they were meant`(key: String) throws {
        let root = try XMLReader().read(DeletionList(keys: [key, "other"]).body)
        #expect(
            root.all("Object").map { $0.first("Key")?.text.utf8.map(\.self) } == [Array(key.utf8), Array("other".utf8)])
        #expect(root.value("Quiet") == "true")
    }

    @Test(arguments: ["a\u{1}", "a\u{0}", "\u{ffff}"])
    func `never name another key for one that XML cannot hold`(key: String) {
        #expect(throws: XMLError.self) { try XMLReader().read(DeletionList(keys: [key]).body) }
    }
}
