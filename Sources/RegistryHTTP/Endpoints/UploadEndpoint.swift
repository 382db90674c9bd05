internal import NIOCore
internal import NIOHTTP1
internal import RegistryCore

// `/v2/<name>/blobs/uploads/` and the sessions below it (OCI distribution specification, "Pushing blobs").
extension RegistryResponder {
    /// POST: opens a session; with `digest` takes the whole blob; with `mount` takes it from another repository.
    func startUpload(
        _ request: Request,
        _ name: RepositoryName,
        _ authorization: Authorization
    ) async throws -> Response {
        if let text = request.query["mount"] {
            let source = try request.query["from"].map { from in
                guard let source = RepositoryName(from) else {
                    throw RegistryError(.nameInvalid, "\(from) is not a valid repository name")
                }
                return source
            }
            let digest = try digest(text)
            if try await registry.mount(digest, from: source, authorization) { return created(digest, in: name) }
        } else if let text = request.query["digest"] {
            let digest = try digest(text)
            try await registry.push(try uploadBody(request), as: digest, authorization)
            return created(digest, in: name)
        }
        var algorithm = Digest.Algorithm.sha256
        if let text = request.query["digest-algorithm"] {
            guard let known = Digest.Algorithm(rawValue: text) else {
                throw RegistryError(.digestInvalid, "digest algorithm \(text) is not supported; sha256 and sha512 are")
            }
            algorithm = known
        }
        let session = try await registry.startUpload(algorithm: algorithm, authorization)
        var response = Response(.accepted, location(of: session))
        if let chunk = registry.backends.all[session.backend]?.limits.preferredChunk {
            response.headers.add(name: "OCI-Chunk-Min-Length", value: String(chunk))
        }
        return response
    }

    /// PATCH: a chunk, or a stream of any length.
    func patchUpload(_ request: Request, _ id: UploadID, _ authorization: Authorization) async throws -> Response {
        let session = try await registry.append(try uploadBody(request), to: id, authorization)
        return Response(.accepted, location(of: session))
    }

    /// PUT: closes the session, with the last chunk or all of the blob or nothing.
    func putUpload(
        _ request: Request,
        _ name: RepositoryName,
        _ id: UploadID,
        _ authorization: Authorization
    ) async throws -> Response {
        guard let text = request.query["digest"] else {
            throw RegistryError(.digestInvalid, "closing an upload needs the blob's digest: ?digest=sha256:…")
        }
        let digest = try digest(text)
        try await registry.finish(try uploadBody(request), to: id, as: digest, authorization)
        return created(digest, in: name)
    }

    /// GET: how far the session is.
    func getUpload(_ request: Request, _ id: UploadID, _ authorization: Authorization) async throws -> Response {
        Response(.noContent, location(of: try await registry.upload(id, authorization)))
    }

    /// DELETE: cancels the session.
    func deleteUpload(_ request: Request, _ id: UploadID, _ authorization: Authorization) async throws -> Response {
        try await registry.cancel(id, authorization)
        return Response(.noContent)
    }

    private func created(_ digest: Digest, in name: RepositoryName) -> Response {
        let digest = digest.description
        return Response(
            .created, ["Location": "/v2/\(name)/blobs/\(digest)", "Docker-Content-Digest": digest])
    }

    private func location(of session: UploadSession) -> HTTPHeaders {
        [
            "Location": "/v2/\(session.repository)/blobs/uploads/\(session.id)",
            "Range": uploadRange(session.offset),
            "Docker-Upload-UUID": session.id.description,
        ]
    }

    private func digest(_ text: String) throws -> Digest {
        guard let digest = Digest(text) else { throw Route.invalidDigest(text) }
        return digest
    }

    private func uploadBody(_ request: Request) throws -> UploadBody<RequestBody> {
        var range: ClosedRange<Int64>?
        if let text = request.headers.first(name: "Content-Range") {
            range = contentRange(text)
            if range == nil {
                throw RegistryError(.sizeInvalid, "Content-Range \(text) is not of the form first-last")
            }
        }
        return UploadBody(request.body, range: range, length: request.contentLength)
    }
}

/// The Range header of an upload's answers. An empty session says `0-0`, as every registry does, though that is a byte too many.
func uploadRange(_ offset: Int64) -> String {
    "0-\(max(0, offset - 1))"
}

/// `^[0-9]+-[0-9]+$` ("Pushing a blob in chunks"), and RFC 9110's `bytes 0-9/10` too; nil: neither.
func contentRange(_ text: String) -> ClosedRange<Int64>? {
    var text = text[...]
    if text.hasPrefix("bytes ") { text = text.dropFirst(6).prefix { $0 != "/" } }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }),
        let first = Int64(parts[0]), let last = Int64(parts[1]), first <= last, last < .max
    else { return nil }
    return first...last
}
