internal import NIOHTTP1

/// Which bytes a request wants (RFC 9110, section 14).
enum ByteRanges: Equatable {
    /// All of them: no Range, one that is not understood, a failed If-Range, or more than `most` ranges.
    case whole
    case one(Range<Int64>)
    case several([Range<Int64>])
    /// None of the ranges touches the content.
    case unsatisfiable

    /// More than these in one request are a way to make a server work, not to pull.
    static let most = 16

    /// - Parameters:
    ///   - tag: the content's strong entity tag, for If-Range.
    ///   - size: the content's length in bytes.
    init(_ headers: HTTPHeaders, tag: String, size: Int64) {
        guard let header = headers.first(name: "Range"), headers.first(name: "If-Range").map({ $0 == tag }) ?? true
        else {
            self = .whole
            return
        }
        self.init(header, size: size)
    }

    init(_ header: String, size: Int64) {
        guard header.prefix(6).lowercased() == "bytes=" else {
            self = .whole
            return
        }
        let specs = header.dropFirst(6).split(separator: ",")
        var ranges: [Range<Int64>] = []
        for spec in specs {
            switch Self.range(spec, size) {
            case .invalid:
                self = .whole
                return
            case .outside:
                continue
            case .inside(let range):
                ranges.append(range)
            }
        }
        if specs.isEmpty || ranges.count > Self.most {
            self = .whole
        } else if ranges.isEmpty {
            self = .unsatisfiable
        } else {
            self = ranges.count == 1 ? .one(ranges[0]) : .several(ranges)
        }
    }

    private enum Spec {
        case invalid, outside
        case inside(Range<Int64>)
    }

    private static func range(_ spec: Substring, _ size: Int64) -> Spec {
        let text = spec.drop { $0 == " " || $0 == "\t" }
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return .invalid }
        let last = parts[1].prefix { $0 != " " && $0 != "\t" }
        if parts[0].isEmpty {
            guard let length = number(last) else { return .invalid }
            return length == 0 || size == 0 ? .outside : .inside(max(0, size - length)..<size)
        }
        guard let first = number(parts[0]) else { return .invalid }
        if last.isEmpty { return first < size ? .inside(first..<size) : .outside }
        guard let end = number(last), end >= first else { return .invalid }
        return first < size ? .inside(first..<(min(end, size - 1) + 1)) : .outside
    }

    /// Digits only; more than fit mean "to the end".
    private static func number(_ text: Substring) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return Int64(text) ?? .max
    }
}
