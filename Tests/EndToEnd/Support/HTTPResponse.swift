import Foundation

/// A response's head, and its body once that is read.
struct HTTPResponse: Sendable {
    var version: String
    var status: Int
    var headers: HTTPHeaders
    var body: [UInt8] = []

    subscript(name: String) -> String? { headers[name] }

    var text: String { String(decoding: body, as: UTF8.self) }

    func decode<T: Decodable>(_ type: T.Type = T.self) throws -> T {
        do {
            return try JSONDecoder().decode(T.self, from: Data(body))
        } catch {
            throw UnexpectedResponse(what: "not the JSON that was expected (\(error))", response: self)
        }
    }

    /// The entries of the specification's error body; none if it is not one.
    var errors: [ErrorEntry] { (try? decode(ErrorBody.self))?.errors ?? [] }

    /// The path and query of Location.
    var location: String? {
        guard let location = self["Location"], !location.isEmpty else { return nil }
        guard let scheme = location.range(of: "://") else { return location }
        let rest = location[scheme.upperBound...]
        return rest.firstIndex(of: "/").map { String(rest[$0...]) }
    }

    /// The path and query of the `rel="next"` link.
    var nextPage: String? {
        guard let link = self["Link"], link.contains("rel=\"next\""), let open = link.firstIndex(of: "<"),
            let close = link.firstIndex(of: ">")
        else { return nil }
        return String(link[link.index(after: open)..<close])
    }
}

extension HTTPResponse: CustomStringConvertible {
    var description: String {
        let fields = headers.fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
        return "\(version) \(status)\n\(fields)\n\n\(String(decoding: body.prefix(600), as: UTF8.self))"
    }
}

/// Header fields in the order in which they came; names match in any case.
struct HTTPHeaders: Sendable {
    var fields: [(name: String, value: String)] = []

    /// The field's value; several are joined by commas (RFC 9110, section 5.3).
    subscript(name: String) -> String? {
        let values = all(name)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    func all(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }
}

/// The specification's error body.
struct ErrorBody: Decodable {
    var errors: [ErrorEntry]
}

struct ErrorEntry: Decodable {
    var code: String
    var message: String?
    /// The detail, whatever it is, as text.
    var detail: String

    private enum CodingKeys: String, CodingKey { case code, message, detail }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        code = try fields.decode(String.self, forKey: .code)
        message = try fields.decodeIfPresent(String.self, forKey: .message)
        let text = try? fields.decodeIfPresent(String.self, forKey: .detail)
        let map = try? fields.decodeIfPresent([String: String].self, forKey: .detail)
        detail = text ?? map?.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ") ?? ""
    }
}

/// An answer that a test's preparations cannot go on with.
struct UnexpectedResponse: Error, CustomStringConvertible {
    var what: String
    var response: HTTPResponse
    var description: String { "\(what): \(response)" }
}
