import NIOCore
import RegistryCore

extension S3Error {
    /// The largest error document that is read, in bytes.
    private static let largestDocument = 256 << 10

    /// A response that is no success. Reads its body.
    init(_ call: S3Call, _ subject: String, _ response: TransportResponse) async {
        let body = try? await response.body.collect(upTo: Self.largestDocument)
        let failure = body.flatMap { S3Failure(body: $0) }
        self.init(call, subject, response, failure)
        if failure == nil { message = Self.words(response, body) }
    }

    /// What somebody who does not speak S3 says: a proxy, or a server that is none.
    private static func words(_ response: TransportResponse, _ body: ByteBuffer?) -> String {
        if (300..<400).contains(response.status), let place = response.headers["Location"] {
            return "redirects to \(place.prefix(200))"
        }
        guard let body, response.headers["Content-Type"]?.lowercased().hasPrefix("text/") == true else { return "" }
        var isTag = false
        let text = String(buffer: body).prefix(2000).map { character -> Character in
            if character == "<" { isTag = true }
            defer { if character == ">" { isTag = false } }
            return isTag || !character.isASCII || character.isWhitespace ? " " : character
        }
        let words = String(text).split(separator: " ").joined(separator: " ").prefix(100)
        return words.isEmpty ? "" : "it says “\(words)”"
    }

    /// `failure`: the response's body, if it is an error document.
    init(_ call: S3Call, _ subject: String, _ response: TransportResponse, _ failure: S3Failure?) {
        let (status, headers) = (response.status, response.headers)
        self.init(
            operation: call.operation,
            subject: subject,
            status: status,
            code: failure?.code ?? Self.code(status, call),
            message: failure?.message ?? "",
            requestID: failure?.requestID ?? headers["x-amz-request-id"],
            retryAfter: headers["Retry-After"].flatMap { Int64($0) }.map { .seconds(max(0, $0)) },
            serverTime: failure?.serverTime ?? headers["Date"].flatMap(httpDate),
            region: failure?.region ?? headers["x-amz-bucket-region"],
            cause: failure
        )
    }

    /// No response, or no whole one.
    init(_ call: S3Call, _ subject: String, _ error: TransportError) {
        self.init(
            operation: call.operation, subject: subject, code: "\(error.code)", message: error.description, cause: error
        )
    }

    /// A response that makes no sense.
    init(_ call: S3Call, _ subject: String, _ response: TransportResponse, _ error: XMLError) {
        self.init(
            operation: call.operation,
            subject: subject,
            status: response.status,
            code: "UnexpectedAnswer",
            message: error.message,
            requestID: response.headers["x-amz-request-id"],
            cause: error
        )
    }

    /// Answers to HEAD have no body, and those of proxies are not S3's.
    private static func code(_ status: Int, _ call: S3Call) -> String {
        switch status {
        case 301, 307: "PermanentRedirect"
        case 403: "AccessDenied"
        case 404: call.query.contains("uploadId") ? "NoSuchUpload" : call.name != nil ? "NoSuchKey" : "NoSuchBucket"
        case 408: "RequestTimeout"
        case 412: "PreconditionFailed"
        case 416: "InvalidRange"
        case 429: "TooManyRequests"
        case 501: "NotImplemented"
        case 503: "ServiceUnavailable"
        case 500...: "InternalError"
        default: "Status\(status)"
        }
    }
}
