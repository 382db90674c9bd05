internal import NIOCore
internal import NIOHTTP1
internal import RegistryCore

// `/v2/<name>/blobs/<digest>` (OCI distribution specification, "Pulling blobs", "Deleting Blobs").
extension RegistryResponder {
    func getBlob(_ request: Request, _ digest: Digest, _ authorization: Authorization) async throws -> Response {
        let blob = try await registry.blob(digest, authorization)
        let text = digest.description
        let tag = "\"\(text)\""
        var headers = HTTPHeaders()
        headers.reserveCapacity(12)
        headers.add(name: "Docker-Content-Digest", value: text)
        headers.add(name: "ETag", value: tag)
        // A digest's content never changes.
        let lifetime = "max-age=31536000, immutable"
        headers.add(name: "Cache-Control", value: blob.visibility == .private ? "private, \(lifetime)" : lifetime)
        headers.add(name: "Accept-Ranges", value: "bytes")
        if request.headers.matches(tag) { return Response(.notModified, headers) }
        headers.add(name: "Content-Type", value: "application/octet-stream")

        guard request.method == .GET else {
            // Who asks for the head is about to push the blob, and pushes it only if it is not there.
            guard !blob.isDamaged else {
                throw RegistryError(.blobUnknown, "blob \(text) is damaged: push it again")
            }
            headers.add(name: "Content-Length", value: String(blob.size))
            return Response(.ok, headers)
        }
        let ranges = ByteRanges(request.headers, tag: tag, size: blob.size)
        if ranges.isForEveryServer, let url = try await registry.url(of: blob) { return redirect(to: url, text) }
        switch ranges {
        case .whole:
            headers.add(name: "Content-Length", value: String(blob.size))
            return try await content(of: blob, 0..<blob.size, .ok, headers)
        case .one(let range):
            headers.add(name: "Content-Length", value: String(range.count))
            headers.add(name: "Content-Range", value: contentRange(range, blob.size))
            return try await content(of: blob, range, .partialContent, headers)
        case .several(let ranges):
            return try await parts(of: blob, ranges, headers)
        case .unsatisfiable:
            var response = ErrorTable.response(
                RegistryError(.rangeUnsatisfiable, "the blob has \(blob.size) bytes"), id: request.id)
            response.headers.add(name: "Content-Range", value: "bytes */\(blob.size)")
            return response
        }
    }

    private func content(
        of blob: BlobRecord, _ range: Range<Int64>, _ status: HTTPResponseStatus, _ headers: HTTPHeaders
    ) async throws -> Response {
        var response = Response(status, headers, body: .content(try await registry.content(of: blob, range)))
        response.broken = { [registry] in registry.sendingFailed($0, blob, range) }
        return response
    }

    /// The client repeats its Range there. What it gets does not say Docker-Content-Digest, so this does.
    private func redirect(to url: ObjectURL, _ digest: String) -> Response {
        // A cache would hand out the URL when it is over, or to those who may not have the blob any more.
        Response(
            .temporaryRedirect,
            ["Location": url.text, "Docker-Content-Digest": digest, "Cache-Control": "no-store"])
    }

    func deleteBlob(_ request: Request, _ digest: Digest, _ authorization: Authorization) async throws -> Response {
        try await registry.deleteBlob(digest, authorization)
        return Response(.accepted)
    }

    /// Several ranges are sent as multipart/byteranges (RFC 9110, section 14.6).
    private func parts(of blob: BlobRecord, _ ranges: [Range<Int64>], _ headers: HTTPHeaders) async throws -> Response {
        let boundary = UploadID().description
        let heads = ranges.map { range in
            ByteBuffer(
                string: "\r\n--\(boundary)\r\nContent-Type: application/octet-stream\r\n"
                    + "Content-Range: \(contentRange(range, blob.size))\r\n\r\n")
        }
        let tail = ByteBuffer(string: "\r\n--\(boundary)--\r\n")
        let length =
            ranges.reduce(Int64(tail.readableBytes)) { $0 + Int64($1.count) }
            + heads.reduce(0) { $0 + Int64($1.readableBytes) }
        var headers = headers
        headers.replaceOrAdd(name: "Content-Type", value: "multipart/byteranges; boundary=\(boundary)")
        headers.add(name: "Content-Length", value: String(length))
        // Opened once before the head goes out, so that a blob whose bytes are gone is an error and not half an answer.
        _ = try await registry.content(of: blob, ranges[0])
        return Response(
            .partialContent, headers,
            body: .pieces { [registry] writer in
                for (range, head) in zip(ranges, heads) {
                    try await writer.write(head)
                    let content = try await registry.content(of: blob, range)
                    do {
                        try await writer.write(content)
                    } catch {
                        registry.sendingFailed(error, blob, range)
                        throw error
                    }
                }
                try await writer.write(tail)
            })
    }

    private func contentRange(_ range: Range<Int64>, _ size: Int64) -> String {
        "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
    }
}

extension HTTPHeaders {
    /// Whether If-None-Match names the entity tag (RFC 9110, section 13.1.2; weak comparison).
    func matches(_ tag: String) -> Bool {
        guard contains(name: "If-None-Match") else { return false }
        return self[canonicalForm: "If-None-Match"].contains { $0 == "*" || $0 == tag || $0 == "W/\(tag)" }
    }
}

extension ByteRanges {
    /// Storages disagree about several ranges, and about those that there are none of: we do not.
    fileprivate var isForEveryServer: Bool {
        switch self {
        case .whole, .one: true
        case .several, .unsatisfiable: false
        }
    }
}
