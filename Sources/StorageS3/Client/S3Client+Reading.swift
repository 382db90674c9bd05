import NIOCore
import RegistryCore

extension S3Client {
    /// The bytes `range` of an object of `size` bytes; `range` is not empty unless the object is. Throws `NoSuchKey`
    /// before a byte is handed out.
    func read(_ name: String, _ range: Range<Int64>, of size: Int64) async throws -> ObjectBody {
        let body = try await open(name, range, of: size)
        return ObjectBody(self, name, range, of: size, first: body)
    }

    /// One request for that.
    func open(_ name: String, _ range: Range<Int64>, of size: Int64) async throws -> TransportBody {
        var call = S3Call(operation: "GetObject", method: "GET", name: name)
        call.isStreamed = true
        let isWhole = range == 0..<size
        if !isWhole { call.headers = [("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")] }
        return try await send(call) { _, response in
            if let flaw = Self.flaw(in: response, range, of: size) {
                throw S3Error(
                    operation: call.operation,
                    subject: "\(address.bucket)/\(name)",
                    status: response.status,
                    code: flaw.code,
                    message: flaw.message,
                    requestID: response.headers["x-amz-request-id"]
                )
            }
            return response.body
        }.0
    }

    /// Why this is not the answer to a request for `range`; nil: it is.
    private static func flaw(
        in response: TransportResponse, _ range: Range<Int64>, of size: Int64
    ) -> (code: String, message: String)? {
        func otherRange(_ message: String) -> (String, String) { ("UnexpectedRange", message) }
        func otherSize(_ actual: Int64) -> (String, String) {
            (S3Error.unexpectedSize, "the object has \(actual) bytes and ought to have \(size)")
        }
        // Some servers send 200 with the right range, some ignore the range and send everything.
        if let text = response.headers["Content-Range"] {
            guard let found = ContentRange(text) else { return otherRange("Content-Range is “\(text)”") }
            if let actual = found.size, actual != size { return otherSize(actual) }
            return found.range == range ? nil : otherRange("asked for bytes \(range), got \(found.range)")
        }
        guard range == 0..<size, response.status == 200 else {
            return otherRange("asked for bytes \(range) of \(size), the answer does not say what it has")
        }
        let length = response.headers["Content-Length"].flatMap { Int64($0) }
        guard let length, length != size else { return nil }
        return otherSize(length)
    }
}

extension S3Error {
    /// The server has the object, with another number of bytes.
    static let unexpectedSize = "UnexpectedSize"
}
