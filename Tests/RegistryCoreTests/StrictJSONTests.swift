import Testing

@testable import RegistryCore

@Suite struct StrictJSONTests {
    @Test(arguments: [
        #"{"a":1,"a":2}"#, #"{"a":1,"\u0061":2}"#, #"{"\u0061":1,"b":0,"a":2}"#, #"[{"x":{"a":{},"a":[]}}]"#,
        #"{"a":[{"a":1},{"a":1,"a":1}]}"#,
    ])
    func `a name that is there twice is found wherever it is, and however it is written`(_ json: String) {
        #expect(StrictJSON.flaw(in: json.utf8) == .repeated("a"))
    }

    @Test(arguments: [
        (#"{"\u00e9":1,"é":2}"#, "é"), (#"{"\ud83d\udc33":1,"🐳":2}"#, "🐳"), (#"{"":1,"":2}"#, ""),
        (#"{"\n\t\b\f\r\/\\\"":1,"\u000A\u0009\u0008\u000c\u000d/\u005c\u0022":2}"#, "\n\t\u{8}\u{c}\r/\\\""),
        (#"{"a\u0000":1,"a\u0000":2}"#, "a\0"),
    ])
    func `names are what their escapes mean`(_ json: String, _ name: String) {
        #expect(StrictJSON.flaw(in: json.utf8) == .repeated(name))
    }

    @Test(arguments: [
        #"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}"#, #"{"a":1,"A":2,"ａ":3,"\\u0061":4}"#, #"{"s":1,"ſ":2,"S":3}"#,
        #"["a","a"]"#, #"{"a\u0000":1,"a":2}"#, "{}", "[[],[]]", #" { "a" : "a" , "b" : [ ] } "#,
    ])
    func `other names are no flaw`(_ json: String) {
        #expect(StrictJSON.flaw(in: json.utf8) == nil)
    }

    @Test(arguments: ["", "{", "[", "{]", "[}", #"{"a"}"#, #"{"a":}"#, "{1:2}", #"{"a":1,}"#, "[1,]", "[1 2]", "1 2"])
    func `what is not JSON is no JSON`(_ text: String) {
        #expect(StrictJSON.flaw(in: text.utf8) == .syntax)
    }

    @Test func `brackets go into one another so far and no further`() {
        func nested(_ count: Int) -> String {
            String(repeating: "[", count: count) + String(repeating: "]", count: count)
        }
        #expect(StrictJSON.flaw(in: nested(StrictJSON.deepest).utf8) == nil)
        #expect(StrictJSON.flaw(in: nested(StrictJSON.deepest + 1).utf8) == .syntax)
        #expect(throws: StrictJSON.Flaw.syntax) {
            try StrictJSON.decode([String: Int].self, from: String(repeating: "[", count: 513).utf8)
        }
        #expect(throws: StrictJSON.Flaw.repeated("a")) {
            try StrictJSON.decode([String: Int].self, from: #"{"a":1,"a":2}"#.utf8)
        }
        let decoded = try? StrictJSON.decode([String: Int].self, from: #"{"a":1}"#.utf8)
        #expect(decoded == ["a": 1])
    }

    @Test(arguments: [
        #"{"\ud83d":1}"#, #"{"\udc33":1}"#, #"["\ud83dx"]"#, #"["\udc33\ud83d"]"#, #"{"a":{"b":"\ud83d"}}"#,
        "[\"a" + String(repeating: "\u{301}", count: 31) + "\"]", "[\"\(String(repeating: "\u{f73}", count: 31))\"]",
        #"{""# + String(repeating: #"\u0301\u0316"#, count: 16) + #"":1}"#,
    ])
    func `a text that is not the same to everybody is none`(_ json: String) {
        #expect(StrictJSON.flaw(in: json.utf8) == .text)
    }

    @Test(arguments: [
        #"["\ud83d\udc33"]"#, "[\"a" + String(repeating: "\u{301}", count: 30) + "b\u{301}\"]", #"["क्षत्रिय ཀཱི Zürich"]"#,
    ])
    func `other marks are no flaw`(_ json: String) {
        #expect(StrictJSON.flaw(in: json.utf8) == nil)
    }

    private static let list = StrictJSON.Reading.object([
        "Kisses": .nothing, "list": .elements(.object(["digest": .nothing])),
    ])

    @Test(arguments: [
        (#"{"LIST":[]}"#, "LIST", "list"), (#"{"list":[],"liſt":[]}"#, "liſt", "list"),
        (#"{"\u004cist":[]}"#, "List", "list"), (#"{"list":[{"digest":1},{"Digest":1}]}"#, "Digest", "digest"),
        (#"{"kiſSes":1}"#, "kiſSes", "Kisses"),
    ])
    func `a member that is read is spelled as it ought to be`(_ json: String, _ name: String, _ field: String) {
        #expect(StrictJSON.flaw(in: json.utf8, reading: Self.list) == .misspelled(name, field))
    }

    @Test(arguments: [
        #"{"list":[{"digest":1,"list":1,"LIST":2}],"Digest":1,"Kisses":{"LIST":1}}"#, #"{"list":{"Digest":1}}"#,
        #"{"ＬIST":1,"lists":1,"lıst":1,"list ":1}"#, #"[{"LIST":1}]"#,
    ])
    func `elsewhere names are whoever's`(_ json: String) {
        #expect(StrictJSON.flaw(in: json.utf8, reading: Self.list) == nil)
    }

    @Test func `many names cost no more than each of them`() {
        let members = (0..<200_000).map { "\"\\u0061\($0)\":0" }.joined(separator: ",")
        #expect(StrictJSON.flaw(in: "{\(members)}".utf8) == nil)
        #expect(StrictJSON.flaw(in: "{\(members),\"a77\":0}".utf8) == .repeated("a77"))
    }
}
