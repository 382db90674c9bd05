/// CompleteMultipartUpload's request.
struct MultipartPartList: Sendable, Hashable {
    struct Part: Sendable, Hashable {
        /// From 1.
        var number: Int
        /// As the server gave it, with its quotes if it had any.
        var etag: String

        init(number: Int, etag: String) {
            self.number = number
            self.etag = etag
        }
    }
    /// In ascending order of their numbers, without gaps.
    var parts: [Part]

    var body: [UInt8] {
        var writer = XMLWriter()
        writer.element("CompleteMultipartUpload", namespace: "http://s3.amazonaws.com/doc/2006-03-01/") { writer in
            for part in parts {
                writer.element("Part") { writer in
                    writer.element("PartNumber", "\(part.number)")
                    writer.element("ETag", part.etag)
                }
            }
        }
        return writer.bytes
    }
}

/// DeleteObjects' request.
struct DeletionList: Sendable, Hashable {
    /// What every server takes at once.
    static let most = 1000

    /// Whole names, any prefix included; at most ``most``.
    var keys: [String]

    var body: [UInt8] {
        var writer = XMLWriter()
        writer.element("Delete", namespace: "http://s3.amazonaws.com/doc/2006-03-01/") { writer in
            for key in keys {
                writer.element("Object") { $0.element("Key", key) }
            }
            writer.element("Quiet", "true")
        }
        return writer.bytes
    }
}
