/// What goes wrong between registryd and its S3 server, and when.
struct Fault: Sendable {
    /// The requests it is about; nil: all.
    var operation: S3Operation?
    /// Which of those: the first is number 0.
    var turns: Range<Int>
    var action: Action

    enum Action: Sendable, Hashable {
        /// Nobody listens any more, and who was connected is reset. With a number of milliseconds it is over by itself.
        case refuse(milliseconds: Int?)
        /// The connection is reset once the server has so many bytes of the request's body.
        case resetInRequest(after: Int)
        /// The server gets the request and answers it; the answer breaks off in its head.
        case resetInHead
        /// The same in its body, after so many bytes.
        case resetInBody(after: Int)
        /// The server carries the request out; not a byte of its answer arrives.
        case loseAnswer
        /// An answer of the proxy's own; the server does not get the request.
        case answer(status: Int, code: String, retryAfter: Int? = nil)
        /// The request is taken, and never answered. The server does not get it.
        case hang
        /// Both ways, for the first so many bytes of each body.
        case slow(bytesPerSecond: Int, for: Int)
        /// The answer without its ETag.
        case stripETag
        /// Half of the answer's body, with the length of that half.
        case truncate
        /// The Content-Length of the answer is off by so many bytes, then the connection ends in good order.
        case wrongLength(by: Int)
    }
}

/// The operations of S3, told apart as servers do: by method and query.
enum S3Operation: String, Sendable, CaseIterable {
    case getObject, headObject, putObject, deleteObject, deleteObjects, listObjects
    case createMultipartUpload, uploadPart, listParts, completeMultipartUpload, abortMultipartUpload
    case listMultipartUploads

    /// nil: none of these.
    init?(_ method: String, _ target: String) {
        let parts = target.split(separator: "?", maxSplits: 1)
        let query = Set(
            (parts.count > 1 ? parts[1] : "").split(separator: "&").compactMap { $0.split(separator: "=").first })
        // The bucket itself has one component.
        let isObject = (parts.first ?? "").split(separator: "/").count > 1
        switch (method, isObject) {
        case ("GET", true): self = query.contains("uploadId") ? .listParts : .getObject
        case ("GET", false): self = query.contains("uploads") ? .listMultipartUploads : .listObjects
        case ("HEAD", true): self = .headObject
        case ("PUT", true): self = query.contains("partNumber") ? .uploadPart : .putObject
        case ("POST", true): self = query.contains("uploads") ? .createMultipartUpload : .completeMultipartUpload
        case ("POST", false): self = .deleteObjects
        case ("DELETE", true): self = query.contains("uploadId") ? .abortMultipartUpload : .deleteObject
        default: return nil
        }
    }
}
