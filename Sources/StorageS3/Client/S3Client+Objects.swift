import NIOCore
import RegistryCore

extension S3Client {
    /// Stores an object in one request. `digest`: the body's, where it is known. `unlessThere`: servers that know conditions
    /// refuse it where there is one.
    func put(
        _ name: String, _ body: TransportRequest.Body, digest: Digest? = nil, unlessThere: Bool = false
    ) async throws {
        var call = S3Call(operation: "PutObject", method: "PUT", name: name)
        call.headers = creationHeaders
        if unlessThere { call.headers.append(("if-none-match", "*")) }
        call.body = body
        call.payload = try await payload(of: body, digest: digest)
        let (headers, answer) = try await headersAndBody(call)
        // S3 says an ETag and nothing else. What does not may be a proxy's page, with nothing stored.
        if answer.readableBytes == 0, headers["ETag"]?.isEmpty == false { return }
        guard try await size(of: name) == body.length else {
            throw S3Error(
                operation: call.operation,
                subject: "\(address.bucket)/\(name)",
                code: "UnexpectedAnswer",
                message: "what answers says that it stored the object, which is not there or has another size"
            )
        }
    }

    /// What an object is created with, in one request or in parts.
    var creationHeaders: [Header] {
        var headers: [Header] = [("content-type", "application/octet-stream")]
        if let encryption = options.serverSideEncryption {
            headers.append(("x-amz-server-side-encryption", encryption))
        }
        if let storageClass = options.storageClass { headers.append(("x-amz-storage-class", storageClass)) }
        return headers
    }

    /// An object's size in bytes; nil: it is not there, or the server does not say.
    func size(of name: String, until end: Duration? = nil) async throws -> Int64? {
        let call = S3Call(operation: "HeadObject", method: "HEAD", name: name)
        do {
            return try await headers(call, until: end)["Content-Length"].flatMap { Int64($0) }
        } catch let error as S3Error where error.isNoSuchKey {
            return nil
        }
    }

    /// A small object as a whole; nil: it is not there.
    func document(_ name: String, upTo limit: Int = 64 << 10) async throws -> ByteBuffer? {
        do {
            return try await send(S3Call(operation: "GetObject", method: "GET", name: name)) { _, response in
                try await response.body.collect(upTo: limit)
            }.0
        } catch let error as S3Error where error.isNoSuchKey {
            return nil
        }
    }
}
