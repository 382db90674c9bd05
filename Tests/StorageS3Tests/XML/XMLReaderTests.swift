import Foundation
import NIOCore
import Testing

@testable import StorageS3

@Suite struct `The XML reader` {
    private func read(_ text: String) throws -> StorageS3.XMLElement {
        try XMLReader().read(Array(text.utf8))
    }

    private func refusal(_ bytes: [UInt8]) -> XMLError.Code? {
        #expect(throws: XMLError.self) { try XMLReader().read(bytes) }?.code
    }

    @Test func `reads elements and text`() throws {
        let root = try read("<a><b>one &amp; &lt;two&gt; &#233;&#x1F433;</b><c/><b> <![CDATA[<&]]> </b></a>")
        #expect(root.name == "a")
        #expect(root.children.map(\.name) == ["b", "c", "b"])
        #expect(root.value("b") == "one & <two> é🐳")
        #expect(root.value("c") == nil)
        #expect(root.all("b").last?.text == " <& ")
    }

    @Test func `looks past namespaces, attributes, comments and processing instructions`() throws {
        let root = try read(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- a comment --><?target data?>
            <x:a xmlns:x="http://s3.amazonaws.com/doc/2006-03-01/" y="z"><x:b>t<!-- more -->ext</x:b></x:a>
            """)
        #expect(root.name == "a")
        #expect(root.value("b") == "text")
    }

    @Test func `takes white space in front of the document, which keeps connections alive`() throws {
        #expect(try read(" \r\n\t \n<?xml version=\"1.0\"?>\n\n   <a/>\n ").name == "a")
    }

    @Test func `takes a byte order mark`() throws {
        #expect(try read("\u{feff}<?xml version=\"1.0\"?><a/>").name == "a")
    }

    @Test func `reads UTF-8 whatever the document claims`() throws {
        #expect(try read("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a><b>é</b></a>").value("b") == "é")
        #expect(try read("<?xml version=\"1.0\" encoding=\"no-such\"?><a><b>é</b></a>").value("b") == "é")
    }

    @Test(arguments: [
        "", "   ", "text", "<", "<a", "<a>", "<a><b></a>", "<a></a><b/>", "<a/>text", "<a>&amp</a>", "<a>&nbsp;</a>",
        "<a b=c/>", "<a b='1' b='2'/>", "<a>&#0;</a>", "<a>&#x1;</a>", "<a>\u{1}</a>", "<a>\u{ffff}</a>", "<a>]]></a>",
        "<1/>",
        "<html><p>504<br></html>", "{\"a\": 1}", "<a><![CDATA[", "<a><!--", "<?xml version=\"1.0\"?>", "<a>\u{0}</a>",
    ])
    func `refuses what is not well-formed`(text: String) {
        let code = refusal(Array(text.utf8))
        // An entity that is not XML's own stops it for another reason.
        #expect(code == .malformed || code == .refused && text.contains("&"))
    }

    @Test func `refuses every prefix of a document`() throws {
        let document = Array(Documents.listing.utf8)
        for length in 0..<document.count - 1 {
            #expect(throws: XMLError.self) { try XMLReader().read(Array(document[..<length])) }
        }
        #expect(try XMLReader().read(document).name == "ListBucketResult")
    }

    @Test func `never crashes on damage`() throws {
        var generator = SplitMix(state: 7)
        let document = Array(Documents.listing.utf8)
        for _ in 0..<3000 {
            var damaged = document
            for _ in 0...Int.random(in: 0...4, using: &generator) {
                let place = Int.random(in: 0..<damaged.count, using: &generator)
                switch Int.random(in: 0...2, using: &generator) {
                case 0: damaged[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: damaged.remove(at: place)
                default:
                    damaged.insert(contentsOf: Array("<&>]!\"/".utf8).shuffled(using: &generator).prefix(2), at: place)
                }
            }
            _ = try? ObjectListing(body: .init(bytes: damaged))
        }
    }

    @Test(
        arguments: [
            [0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e],
            [0x3c, 0x61, 0x3e, 0xc0, 0xaf, 0x3c, 0x2f, 0x61, 0x3e],
            [0x3c, 0x61, 0x3e, 0xed, 0xa0, 0x80, 0x3c, 0x2f, 0x61, 0x3e],
            [0xff, 0xfe, 0x3c, 0x00, 0x61, 0x00, 0x2f, 0x00, 0x3e, 0x00],
            [0x3c, 0x00, 0x61, 0x00, 0x2f, 0x00, 0x3e, 0x00],
        ] as [[UInt8]])
    func `refuses what is not UTF-8`(bytes: [UInt8]) {
        #expect(refusal(bytes) == .malformed)
    }

    @Test func `refuses a billion laughs`() {
        var text = "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY l0 \"lol\">"
        for level in 1...12 {
            text += "<!ENTITY l\(level) \"" + String(repeating: "&l\(level - 1);", count: 10) + "\">"
        }
        #expect(refusal(Array((text + "]><a>&l12;</a>").utf8)) == .refused)
    }

    @Test func `loads nothing from files and networks`() throws {
        let secret = FileManager.default.temporaryDirectory.appending(path: "secret-\(UUID().uuidString)")
        try Data("secret".utf8).write(to: secret)
        defer { try? FileManager.default.removeItem(at: secret) }
        for text in [
            "<!DOCTYPE a [<!ENTITY x SYSTEM \"\(secret.absoluteString)\">]><a><b>&x;</b></a>",
            "<!DOCTYPE a SYSTEM \"\(secret.absoluteString)\"><a/>",
            "<!DOCTYPE a [<!ENTITY % x SYSTEM \"http://127.0.0.1:1/x\"> %x;]><a/>",
            "<!DOCTYPE a PUBLIC \"-//W3C//DTD XHTML 1.0//EN\" \"http://127.0.0.1:1/x\"><a/>",
        ] {
            #expect(refusal(Array(text.utf8)) == .refused)
        }
        let included = try read(
            "<a xmlns:i=\"http://www.w3.org/2001/XInclude\"><i:include href=\"\(secret.path)\" parse=\"text\"/></a>")
        #expect(included.first("include")?.text == "")
    }

    @Test func `refuses deep nesting`() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)).utf8)
        }
        _ = try XMLReader().read(nested(16))
        #expect(refusal(nested(17)) == .refused)
        #expect(refusal(nested(500_000)) == .refused)
    }

    @Test func `refuses too many elements and too many bytes`() {
        #expect(refusal(Array(("<a>" + String(repeating: "<b/>", count: 60_000) + "</a>").utf8)) == .refused)
        #expect(refusal([UInt8](repeating: 0x20, count: 8 << 20 + 1)) == .refused)
    }

    @Test func `says what is wrong and where`() {
        let error = #expect(throws: XMLError.self) { try XMLReader().read(Array("<a><b></a>".utf8)) }
        #expect(error?.message == "the XML is malformed: Opening and ending tag mismatch: b line 1 and a")
    }

    @Test func `works on many threads at once`() async throws {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<64 {
                group.addTask { try ObjectListing(body: .init(string: Documents.listing)).objects.count }
            }
            for try await count in group { #expect(count == 2) }
        }
    }
}

/// Small and the same everywhere.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
