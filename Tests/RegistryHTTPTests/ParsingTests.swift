import NIOCore
import NIOHTTP1
import Testing

@testable import RegistryHTTP

@Suite struct ByteRangesTests {
    @Test(arguments: [
        ("bytes=0-0", ByteRanges.one(0..<1)), ("bytes=0-99", .one(0..<100)), ("bytes=0-1000", .one(0..<100)),
        ("bytes=50-", .one(50..<100)), ("bytes=-10", .one(90..<100)), ("bytes=-1000", .one(0..<100)),
        ("Bytes=1-2", .one(1..<3)),
        ("bytes=0-99999999999999999999999", .one(0..<100)), ("bytes=0-0, 5-6", .several([0..<1, 5..<7])),
        ("bytes=0-0,200-300", .one(0..<1)), ("bytes=100-", .unsatisfiable), ("bytes=-0", .unsatisfiable),
        ("bytes=100-200,300-", .unsatisfiable), ("bytes=5-4", .whole), ("bytes=", .whole), ("bytes=a-b", .whole),
        ("items=0-1", .whole), ("bytes=0-1,x", .whole), ("bytes=+1-2", .whole), ("bytes=--1", .whole),
    ])
    func `reads`(_ header: String, _ expected: ByteRanges) {
        #expect(ByteRanges(header, size: 100) == expected)
    }

    @Test func `takes sixteen ranges, and more than that for all`() {
        func header(_ count: Int) -> String {
            "bytes=" + (0..<count).map { "\($0)-\($0)" }.joined(separator: ",")
        }
        let sixteen: [Range<Int64>] = (0..<16).map { (first: Int64) in first..<(first + 1) }
        #expect(ByteRanges(header(16), size: 100) == .several(sixteen))
        #expect(ByteRanges(header(17), size: 100) == .whole)
    }

    @Test(arguments: ["bytes=0-", "bytes=0-0", "bytes=-1"])
    func `no range of an empty blob can be had`(_ header: String) {
        #expect(ByteRanges(header, size: 0) == .unsatisfiable)
    }

    @Test func `If-Range holds only for the blob's own tag`() {
        #expect(ByteRanges(["Range": "bytes=0-1", "If-Range": "\"a\""], tag: "\"a\"", size: 9) == .one(0..<2))
        #expect(ByteRanges(["Range": "bytes=0-1", "If-Range": "\"b\""], tag: "\"a\"", size: 9) == .whole)
        #expect(ByteRanges(["Range": "bytes=0-1", "If-Range": "W/\"a\""], tag: "\"a\"", size: 9) == .whole)
    }
}

@Suite struct ContentRangeTests {
    @Test(arguments: [("0-0", 0, 0), ("5-9", 5, 9), ("bytes 5-9/10", 5, 9), ("bytes 5-9/*", 5, 9)])
    func `reads`(_ text: String, _ first: Int64, _ last: Int64) {
        #expect(contentRange(text) == first...last)
    }

    @Test(arguments: [
        "", "-", "1-", "-1", "2-1", "a-b", "+1-2", "1-2-3", "bytes=0-1", "0-9223372036854775807",
        "99999999999999999999-1",
    ])
    func `refuses`(_ text: String) {
        #expect(contentRange(text) == nil)
    }
}

@Suite struct TextTests {
    @Test(arguments: [
        ("a%20b", "a b"), ("a+b", "a+b"), ("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("%+1", "%+1"), ("%C3%A4", "ä"),
        ("%25", "%"),
    ])
    func `percent-decodes`(_ text: String, _ expected: String) {
        #expect(percentDecoded(text[...]) == expected)
    }

    @Test func `a form's plus sign is a space, and what is percent-encoded is not`() {
        let query = Query("a+b=c+d&plus=%2B&bad=%-0%+1%zz", isForm: true)
        #expect(query["a b"] == "c d" && query["plus"] == "+")
        #expect(query["bad"] == "%-0% 1%zz")
        #expect(percentDecoded("%-0%+1") == "%-0%+1")
    }

    @Test func `of a query no more than 256 items are looked at`() {
        let query = Query((0..<300).map { "n\($0)=\($0)" }.joined(separator: "&")[...])
        #expect(query["n255"] == "255" && query["n256"] == nil)
    }

    @Test func `a query keeps its order and its plus signs`() {
        let query = Query("tag=a&tag=b&artifactType=application/x+json&empty=&alone")
        #expect(query.all("tag") == ["a", "b"])
        #expect(query["artifactType"] == "application/x+json")
        #expect(query["empty"] == "")
        #expect(query["alone"] == "")
        #expect(query["missing"] == nil)
    }

    @Test func `JSON strings are escaped`() {
        var json = JSONWriter()
        json.object { json in
            json.field("a\"\\", "\u{1}\n\u{1f}ä/" as String)
            json.key("list")
            json.array { json in
                json.element()
                json.string("x")
                json.element()
                json.object { json in json.field("n", 7) }
            }
            json.key("empty")
            json.array { _ in }
            json.field("last", "z")
        }
        let text = String(buffer: json.buffer)
        #expect(text == #"{"a\"\\":"\u0001\u000a\u001fä/","list":["x",{"n":7}],"empty":[],"last":"z"}"#)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.1.2.3", "10.1.2.3", true),
        ("10.1.2.3", "10.1.2.4", false), ("0.0.0.0/0", "1.2.3.4", true), ("0.0.0.0/0", "::1", false),
        ("fd00::/9", "fd7f::1", true),
        ("fd00::/9", "fd80::1", false), ("192.168.0.0/23", "192.168.1.9", true),
        ("192.168.0.0/23", "192.168.2.0", false),
    ])
    func `an address is in a block`(_ block: String, _ address: String, _ expected: Bool) throws {
        #expect(try #require(AddressBlock(block)).contains(address) == expected)
    }

    @Test(arguments: ["", "/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "x", "10.0.0.0/8/8", "::/129"])
    func `is no block`(_ text: String) {
        #expect(AddressBlock(text) == nil)
    }
}
