internal import NIOCore
internal import NIOHTTP1
internal import RegistryCore

// `/v2/<name>/manifests/<tag or digest>` (OCI distribution specification, "Pulling manifests", "Pushing Manifests",
// "Deleting tags", "Deleting Manifests").
extension RegistryResponder {
    func getManifest(
        _ request: Request,
        _ reference: Reference,
        _ authorization: Authorization
    ) async throws -> Response {
        let manifest = try await registry.manifest(reference, authorization)
        let digest = manifest.digest.description
        let tag = "\"\(digest)\""
        var headers = HTTPHeaders()
        headers.reserveCapacity(10)
        headers.add(name: "Docker-Content-Digest", value: digest)
        headers.add(name: "ETag", value: tag)
        if manifest.visibility == .private { headers.add(name: "Cache-Control", value: "private") }
        if request.headers.matches(tag) { return Response(.notModified, headers) }
        headers.add(name: "Content-Type", value: manifest.mediaType)
        headers.add(name: "Content-Length", value: String(manifest.content.readableBytes))
        return Response(.ok, headers, body: request.method == .GET ? .bytes(manifest.content) : .none)
    }

    func putManifest(
        _ request: Request,
        _ name: RepositoryName,
        _ reference: Reference,
        _ authorization: Authorization
    ) async throws -> Response {
        let tags = try request.query.all("tag").map { text in
            guard let tag = Tag(text) else { throw RegistryError(.tagInvalid, "\(text) is not a valid tag") }
            return tag
        }
        let precondition = ManifestPrecondition(request.headers)
        let pushed = try await registry.putManifest(
            try await content(of: request),
            contentType: request.mediaType,
            as: reference,
            tags: tags,
            expecting: precondition,
            authorization
        )
        var headers: HTTPHeaders = [
            "Location": "/v2/\(name)/manifests/\(reference)", "Docker-Content-Digest": pushed.digest.description,
        ]
        if let subject = pushed.subject { headers.add(name: "OCI-Subject", value: subject.description) }
        for tag in tags { headers.add(name: "OCI-Tag", value: tag.description) }
        return Response(.created, headers)
    }

    func deleteManifest(
        _ request: Request,
        _ reference: Reference,
        _ authorization: Authorization
    ) async throws -> Response {
        try await registry.deleteManifest(reference, authorization)
        return Response(.accepted)
    }

    /// The body, which is refused as soon as it is known to be over the limit.
    private func content(of request: Request) async throws -> ByteBuffer {
        let limit = registry.settings.manifestSize
        let tooLarge = RegistryError(.manifestTooLarge, "the manifest is over the limit of \(limit) bytes")
        if let length = request.contentLength, length > limit { throw tooLarge }
        var content = ByteBuffer()
        for try await var buffer in request.body {
            content.writeBuffer(&buffer)
            if content.readableBytes > limit { throw tooLarge }
        }
        return content
    }
}

extension ManifestPrecondition {
    /// If-Match and If-None-Match of a push, with which clients keep each other's referrers tags; nil: neither is there.
    fileprivate init?(_ headers: HTTPHeaders) {
        func digests(_ name: String) -> [Digest] {
            headers[canonicalForm: name].compactMap {
                $0.first == "\"" && $0.last == "\"" ? Digest($0.dropFirst().dropLast()) : nil
            }
        }
        if let match = headers.first(name: "If-Match") {
            self = match == "*" ? .exists : .isAnyOf(digests("If-Match"))
        } else if let match = headers.first(name: "If-None-Match") {
            self = match == "*" ? .absent : .isNoneOf(digests("If-None-Match"))
        } else {
            return nil
        }
    }
}
