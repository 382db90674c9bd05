/// CreateMultipartUpload's answer.
struct MultipartCreation: S3Answer {
    static let root = "InitiateMultipartUpload"

    var uploadID: String

    init(_ element: XMLElement) throws(XMLError) {
        uploadID = try element.required("UploadId")
        if uploadID.isEmpty { throw XMLError(.unexpected, "the server began a multipart upload without an id") }
    }
}

/// CompleteMultipartUpload's answer. A 200 may hold an error in its place, and then nothing was completed.
struct MultipartCompletion: S3Answer {
    static let root = "CompleteMultipartUpload"

    /// Some servers leave it empty.
    var etag: String?

    init(_ element: XMLElement) throws(XMLError) {
        etag = element.value("ETag")
    }
}
