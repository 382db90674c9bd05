import RegistryCore

/// Why an operation of S3 failed.
struct S3Error: Error {
    /// As AWS calls it: `PutObject`.
    var operation: String
    /// Bucket, and the object's name where it is about one.
    var subject: String
    /// nil: there was no response.
    var status: Int?
    /// S3's own (`NoSuchKey`), or made up from the status where the response says none.
    var code: String
    var message: String
    var requestID: String?
    /// How long the server wants to be left alone.
    var retryAfter: Duration?
    /// The response's Date, or the time in its body.
    var serverTime: Timestamp?
    /// The bucket's region, as the server has it.
    var region: String?
    var cause: (any Error)?

    var transport: TransportError? { cause as? TransportError }
}

extension S3Error: CustomStringConvertible {
    var description: String {
        var text = "\(operation) \(subject): \(code)"
        if !message.isEmpty { text += ": \(message)" }
        if let status { text += " (status \(status))" }
        if let requestID { text += " [request \(requestID)]" }
        return text
    }
}
