import Foundation

/// A part of a multipart/byteranges body (RFC 9110, section 14.6).
struct BodyPart {
    var range: Range<Int>
    /// The whole blob's length.
    var total: Int
    var type: String?
    var bytes: [UInt8]
}

func multipart(_ response: HTTPResponse) throws -> [BodyPart] {
    func malformed(_ what: String) -> UnexpectedResponse { UnexpectedResponse(what: what, response: response) }
    guard let type = response["Content-Type"], type.hasPrefix("multipart/byteranges"),
        let found = type.range(of: "boundary=")
    else { throw malformed("not multipart/byteranges") }
    let boundary = type[found.upperBound...].trimmingCharacters(in: CharacterSet(charactersIn: "\""))
    let delimiter = Data("--\(boundary)".utf8)
    var rest = Data(response.body)
    guard let first = rest.range(of: delimiter) else { throw malformed("no part") }
    rest = Data(rest[first.upperBound...])
    var parts: [BodyPart] = []
    while !rest.starts(with: Data("--".utf8)) {
        guard let blank = rest.range(of: Data("\r\n\r\n".utf8)) else {
            throw malformed("a part without an end of its head")
        }
        let head = String(decoding: rest[..<blank.lowerBound], as: UTF8.self)
        let fields = head.components(separatedBy: "\r\n").filter { !$0.isEmpty }.map { line in
            let pair = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            return (pair[0].lowercased(), pair.last ?? "")
        }
        let headers = Dictionary(fields) { first, _ in first }
        let numbers = (headers["content-range"] ?? "").split { !$0.isNumber }.compactMap { Int($0) }
        guard numbers.count == 3, numbers[0] <= numbers[1] else { throw malformed("a part without Content-Range") }
        let range = numbers[0]..<numbers[1] + 1
        let start = blank.upperBound
        guard rest.count >= start + range.count else { throw malformed("a part shorter than its range") }
        parts.append(
            BodyPart(
                range: range, total: numbers[2], type: headers["content-type"],
                bytes: Array(rest[start..<start + range.count])))
        rest = Data(rest[(start + range.count)...])
        let separator = Data("\r\n".utf8) + delimiter
        guard rest.starts(with: separator) else { throw malformed("a part longer than its range") }
        rest = Data(rest[separator.count...])
    }
    return parts
}
