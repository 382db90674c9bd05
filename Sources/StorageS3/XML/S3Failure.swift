import NIOCore
import RegistryCore

/// An `<Error>` document: what S3, or STS, says went wrong.
struct S3Failure: Error, Sendable, Hashable {
    /// `NoSuchKey`, `SlowDown` …
    var code: String
    var message: String
    /// Where the bucket is, when the request went to the wrong region.
    var region: String?
    var endpoint: String?
    var bucket: String?
    /// What the request was about: a bucket and key.
    var resource: String?
    var requestID: String?
    /// The server's second name for the request.
    var hostID: String?
    /// The server's clock, in `RequestTimeTooSkewed`.
    var serverTime: Timestamp?
}

extension S3Failure {
    /// nil: the body is not an error document; many errors come without one (HEAD, proxies).
    init?(body: ByteBuffer) {
        guard let element = try? XMLReader().read(body) else { return nil }
        self.init(element)
    }

    /// nil: the element is not an error.
    init?(_ element: XMLElement) {
        // STS wraps it.
        guard let error = element.name == "ErrorResponse" ? element.first("Error") : element, error.name == "Error"
        else {
            return nil
        }
        code = error.value("Code") ?? "Unknown"
        message = error.value("Message") ?? ""
        region = error.value("Region")
        endpoint = error.value("Endpoint")
        bucket = error.value("Bucket") ?? error.value("BucketName")
        resource = error.value("Resource") ?? error.value("Key")
        requestID = error.value("RequestId") ?? element.value("RequestId") ?? element.value("RequestID")
        hostID = error.value("HostId")
        serverTime = error.value("ServerTime").flatMap(CivilTime.timestamp)
    }
}

extension S3Failure: CustomStringConvertible {
    var description: String {
        var text = message.isEmpty ? code : "\(code): \(message)"
        if let resource { text += " (\(resource))" }
        if let requestID { text += " [request \(requestID)]" }
        return text
    }
}
