import Foundation
import Logging
import RegistryHTTP
import Testing

@testable import RegistryServer

private let time = WallTime(seconds: 1_795_426_200, nanoseconds: 123_999_999)

private func entry(repository: String? = "alice/app", failure: String? = nil, status: Int = 200) -> AccessEntry {
    AccessEntry(
        method: "GET", route: "manifest", repository: repository, status: status, received: 0, sent: 1234,
        duration: .microseconds(123), requestID: "4c2f0e7a", client: "127.0.0.1", failure: failure)
}

private func text(_ body: (inout LogBuffer) -> Void) -> String {
    var buffer = LogBuffer()
    body(&buffer)
    return String(decoding: buffer.bytes, as: UTF8.self)
}

struct LogLineTests {
    @Test func `a request is a line of text`() {
        #expect(
            text { $0.appendText(entry(), at: time) } == """
                2026-11-23T09:30:00.123Z info GET manifest alice/app 200 sent=1234 received=0 0.123ms \
                id=4c2f0e7a client=127.0.0.1

                """
        )
        #expect(
            text { $0.appendText(entry(repository: nil, failure: "disk \"full\"\n", status: 500), at: time) } == """
                2026-11-23T09:30:00.123Z error GET manifest - 500 sent=1234 received=0 0.123ms \
                id=4c2f0e7a client=127.0.0.1 failure="disk \\"full\\"\\n"

                """
        )
    }

    @Test func `a request is a JSON object`() {
        #expect(
            text { $0.appendJSON(entry(), at: time) } == """
                {"time":"2026-11-23T09:30:00.123Z","level":"info","msg":"request","method":"GET","route":"manifest",\
                "repository":"alice/app","status":200,"sent":1234,"received":0,"duration_ms":0.123,"id":"4c2f0e7a",\
                "client":"127.0.0.1"}

                """
        )
    }

    @Test(arguments: [
        ("plain", "plain"), ("two words", "\"two words\""), ("", "\"\""), ("a=b", "\"a=b\""),
        ("evil\nline", "\"evil\\nline\""), ("\u{1b}[31m", "\"\\u001b[31m\""), ("grün", "\"grün\""), ("\\", "\\"),
    ])
    func `a word of a line cannot end it`(_ word: String, _ written: String) {
        #expect(text { $0.appendWord(word) } == written)
    }

    @Test(arguments: ["", "plain", "quote \" and \\ slash", "line\nbreak\r\t", "\u{0}\u{1}\u{1f}\u{7f}", "grün 日本 🦆"])
    func `JSON text reads back`(_ value: String) throws {
        let json = text { $0.appendJSON(value) }
        let read = try JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed)
        #expect(read as? String == value)
    }

    @Test(arguments: [
        (Duration.zero, "0.000"), (.microseconds(7), "0.007"), (.milliseconds(1500), "1500.000"),
        (.nanoseconds(1_999_999), "1.999"), (.seconds(86_400), "86400000.000"),
    ])
    func `a duration is in milliseconds`(_ duration: Duration, _ written: String) {
        #expect(text { $0.appendMilliseconds(duration) } == written)
    }

    @Test(arguments: [0, 7, 10, 1234, -1, -90, Int.max, Int.min])
    func `a number is written in digits`(_ number: Int) {
        #expect(text { $0.append(number) } == String(number))
    }

    @Test func `seconds are written anew when they change`() {
        let written = text { buffer in
            for seconds in [0, 0, 1, 951_782_399, 951_782_400] as [Int64] {
                buffer.appendTime(WallTime(seconds: seconds, nanoseconds: 5_000_000))
                buffer.append(" ")
            }
        }
        #expect(
            written == "1970-01-01T00:00:00.005Z 1970-01-01T00:00:00.005Z 1970-01-01T00:00:01.005Z "
                + "2000-02-28T23:59:59.005Z 2000-02-29T00:00:00.005Z ")
    }

    @Test func `diagnostics carry their metadata in order`() {
        let metadata: Logger.Metadata = ["b": "two words", "a": .stringConvertible(1), "c": ["x", "y"], "msg": "m"]
        let line = text { $0.appendLine(at: time, level: .warning, message: "bad\nnews", metadata: metadata, .text) }
        #expect(
            line
                == #"2026-11-23T09:30:00.123Z warning bad\nnews a=1 b="two words" c="[\"x\", \"y\"]" msg=m"# + "\n"
        )
        let json = text { $0.appendLine(at: time, level: .warning, message: "bad\nnews", metadata: metadata, .json) }
        #expect(
            json == """
                {"time":"2026-11-23T09:30:00.123Z","level":"warning","msg":"bad\\nnews","a":1,"b":"two words",\
                "c":["x","y"],"_msg":"m"}

                """)
    }
}
