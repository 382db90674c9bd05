/// Takes a response's header lines as curl hands them out, and makes one head of them. Interim responses (1xx) are skipped.
struct HeadParser {
    enum Outcome {
        case more
        /// The blank line after a final response's headers.
        case complete
        case flawed(String)
    }

    private let limit: Int
    private var bytes = 0
    private(set) var isComplete = false
    private(set) var head = Exchange.Head(status: 0, headers: [:])
    /// 2xx, once it is complete.
    var isOfSuccess: Bool { (200..<300).contains(head.status) }
    /// Any line has come, be it of an interim response.
    var hasBegun: Bool { bytes > 0 }

    /// `limit`: bytes of all lines together.
    init(limit: Int) { self.limit = limit }

    /// A new attempt on another connection.
    mutating func reset() { self = HeadParser(limit: limit) }

    /// `line` ends with its line break.
    mutating func take(_ line: UnsafeRawBufferPointer) -> Outcome {
        bytes += line.count
        if bytes > limit { return .flawed("the response's head has more than \(limit) bytes") }
        // A trailer: of no use to anybody here.
        if isComplete { return .more }
        let text = String(decoding: line.trimmed, as: UTF8.self)
        if text.isEmpty { return end() }
        if text.hasPrefix("HTTP/") { return begin(text) }
        if let first = line.first, first == 0x20 || first == 0x09 {
            // RFC 9112, 5.2: a folded line's break counts as spaces.
            head.headers.extendLast(by: text)
            return .more
        }
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), colon > text.startIndex else {
            return .flawed("a header line without a name")
        }
        let name = text[..<colon]
        let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        head.headers.append(String(name), String(value))
        return .more
    }

    private mutating func begin(_ line: String) -> Outcome {
        guard let status = line.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap({ Int($0) }) else {
            return .flawed("a status line without a status")
        }
        head = Exchange.Head(status: status, headers: [:])
        return .more
    }

    private mutating func end() -> Outcome {
        // 101 is as final as a response to a request that asked for no upgrade can be.
        if (100..<200).contains(head.status) && head.status != 101 { return .more }
        isComplete = true
        return .complete
    }
}

extension UnsafeRawBufferPointer {
    /// Without spaces, tabs and line breaks at its ends.
    fileprivate var trimmed: Slice<UnsafeRawBufferPointer> {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d }
        var result = self[...].drop(while: isBlank)
        while let last = result.last, isBlank(last) { result.removeLast() }
        return result
    }
}
