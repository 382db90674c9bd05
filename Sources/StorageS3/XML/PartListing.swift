/// A page of ListParts.
struct PartListing: S3Answer {
    static let root = "ListParts"

    struct Part: Sendable, Hashable {
        /// From 1.
        var number: Int
        /// Bytes.
        var size: Int64
        var etag: String
    }
    /// In ascending order of their numbers.
    var parts: [Part]
    /// The `part-number-marker` of the next page; nil: this is the last.
    var next: Int?

    init(_ element: XMLElement) throws(XMLError) {
        let parts = try element.all("Part").map { item throws(XMLError) in
            Part(
                number: try item.number("PartNumber"),
                size: try item.number("Size"),
                etag: try item.required("ETag")
            )
        }
        self.parts = parts.sorted { $0.number < $1.number }
        if element.flag("IsTruncated") {
            let next: Int = try element.number("NextPartNumberMarker")
            self.next = next
        }
    }
}
