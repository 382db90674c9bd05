import RegistryCore

/// A page of ListMultipartUploads.
struct UploadListing: S3Answer {
    static let root = "ListMultipartUploads"

    struct Upload: Sendable, Hashable {
        /// The whole name, any prefix included.
        var key: String
        var uploadID: String
        /// nil: the server did not say, or not so that we understand it.
        var initiated: Timestamp?
    }
    struct Marker: Sendable, Hashable {
        var key: String
        var uploadID: String?
    }
    var uploads: [Upload]
    /// Where the next page begins (`key-marker`, `upload-id-marker`); nil: this is the last.
    var next: Marker?

    init(_ element: XMLElement) throws(XMLError) {
        let encoded = element.encodesKeys
        uploads = try element.all("Upload").map { item throws(XMLError) in
            Upload(
                key: try item.key("Key", encoded: encoded),
                uploadID: try item.required("UploadId"),
                initiated: item.value("Initiated").flatMap(CivilTime.timestamp)
            )
        }
        if element.flag("IsTruncated") {
            next = Marker(
                key: try element.key("NextKeyMarker", encoded: encoded),
                uploadID: element.value("NextUploadIdMarker")
            )
        }
    }
}
