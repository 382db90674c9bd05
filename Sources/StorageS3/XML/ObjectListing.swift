/// A page of ListObjectsV2.
struct ObjectListing: S3Answer {
    static let root = "ListBucket"

    struct Object: Sendable, Hashable {
        /// The whole name, any prefix included.
        var key: String
        /// Bytes.
        var size: Int64
        var etag: String?
    }
    var objects: [Object]
    /// With a delimiter: what the keys that are not shown begin with.
    var commonPrefixes: [String]
    /// Where the next page begins; nil: this is the last.
    var continuation: String?

    init(_ element: XMLElement) throws(XMLError) {
        let encoded = element.encodesKeys
        objects = try element.all("Contents").map { item throws(XMLError) in
            Object(key: try item.key("Key", encoded: encoded), size: try item.number("Size"), etag: item.value("ETag"))
        }
        commonPrefixes = try element.all("CommonPrefixes").map { item throws(XMLError) in
            try item.key("Prefix", encoded: encoded)
        }
        continuation = element.value("NextContinuationToken")
        if element.flag("IsTruncated") {
            // Otherwise the listing would look complete.
            if continuation == nil {
                throw XMLError(.unexpected, "the listing goes on, but does not say where: no <NextContinuationToken>")
            }
        } else {
            continuation = nil
        }
    }
}
