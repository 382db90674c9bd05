import NIOCore

/// The body of an answer from S3.
protocol S3Answer: Sendable {
    /// The name of the document's outermost element without its ending: `Result` from AWS, `Response` from moto, nothing
    /// from rclone.
    static var root: String { get }

    init(_ element: XMLElement) throws(XMLError)
}

extension S3Answer {
    /// Throws ``S3Failure`` when the body is an error, whatever the status was, and ``XMLError`` when it is neither.
    init(body: ByteBuffer) throws {
        let element = try XMLReader().read(body)
        if let failure = S3Failure(element) { throw failure }
        guard ["", "Result", "Response"].contains(where: { element.name == Self.root + $0 }) else {
            throw XMLError(.unexpected, "expected <\(Self.root)Result>, got <\(element.name.prefix(80))>")
        }
        try self.init(element)
    }
}

extension XMLElement {
    /// A key in a listing that asked for `encoding-type=url`, which some servers do not know; those that do say so.
    func key(_ name: String, encoded: Bool) throws(XMLError) -> String {
        let text = try required(name)
        return try encoded ? Self.decoded(text) : text
    }

    static func decoded(_ text: String) throws(XMLError) -> String {
        guard let key = percentDecoded(text) else {
            throw XMLError(.unexpected, "a key in the listing is not URL-encoded UTF-8: “\(text.prefix(80))”")
        }
        return key
    }

    /// Whether the listing's keys are URL-encoded.
    var encodesKeys: Bool { value("EncodingType")?.lowercased() == "url" }
}
