internal import NIOCore
internal import NIOHTTP1
internal import RegistryCore

extension RegistryResponder {
    /// `GET /v2/<name>/tags/list` (OCI distribution specification, "Listing Tags").
    func listTags(
        _ request: Request,
        _ name: RepositoryName,
        _ authorization: Authorization
    ) async throws -> Response {
        let page = try await registry.tags(after: request.query["last"], limit: try limit(request), authorization)
        var json = JSONWriter()
        json.object { json in
            json.field("name", name.description)
            json.strings("tags", page.elements.map(\.description))
        }
        return Response(.ok, next(request, page, page.elements.last?.description), json: json.buffer)
    }

    /// `GET /v2/_catalog`.
    func catalog(_ request: Request, _ authorization: Authorization) async throws -> Response {
        let page = try await registry.repositories(
            after: request.query["last"], limit: try limit(request), authorization)
        var json = JSONWriter()
        json.object { $0.strings("repositories", page.elements.map(\.description)) }
        return Response(.ok, next(request, page, page.elements.last?.description), json: json.buffer)
    }

    /// `GET /v2/<name>/referrers/<digest>` ("Listing Referrers"). Never 404: what nobody refers to has an empty list.
    ///
    /// `authorization` nil: of a repository that the caller is not to know of, which looks like one that is not there.
    func listReferrers(
        _ request: Request,
        _ digest: Digest,
        _ authorization: Authorization?
    ) async throws -> Response {
        let artifactType = request.query["artifactType"].flatMap { $0.isEmpty ? nil : $0 }
        let last = try request.query["last"].map { text in
            guard let digest = Digest(text) else { throw Route.invalidDigest(text) }
            return digest
        }
        var page = Page<Referrer>(elements: [], hasMore: false)
        if let authorization {
            page = try await registry.referrers(
                of: digest, artifactType: artifactType, after: last, authorization)
        }
        var json = JSONWriter()
        json.object { json in
            json.field("schemaVersion", 2)
            json.field("mediaType", imageIndex)
            json.key("manifests")
            json.array { json in
                for referrer in page.elements {
                    json.element()
                    json.object { json in
                        json.field("mediaType", referrer.mediaType)
                        json.field("digest", referrer.digest.description)
                        json.field("size", referrer.size)
                        if let type = referrer.artifactType { json.field("artifactType", type) }
                        if let annotations = referrer.annotations { json.field("annotations", json: annotations) }
                    }
                }
            }
        }
        var headers = next(request, page, page.elements.last?.digest.description)
        if artifactType != nil { headers.add(name: "OCI-Filters-Applied", value: "artifactType") }
        return Response(.ok, headers, json: json.buffer, type: imageIndex)
    }

    private var imageIndex: String { "application/vnd.oci.image.index.v1+json" }

    private func limit(_ request: Request) throws -> Int? {
        guard let text = request.query["n"] else { return nil }
        guard let limit = Int(text), limit >= 0 else {
            throw RegistryError(.requestInvalid, "n=\(text) is not a number of entries")
        }
        return limit
    }

    /// The way to the next page (RFC 8288), if there is one.
    private func next<Element>(_ request: Request, _ page: Page<Element>, _ last: String?) -> HTTPHeaders {
        guard page.hasMore, let last else { return [:] }
        var query = "last=\(percentEncoded(last))"
        for name in ["n", "artifactType"] {
            if let value = request.query[name] { query += "&\(name)=\(percentEncoded(value))" }
        }
        return ["Link": "<\(request.path)?\(query)>; rel=\"next\""]
    }
}

extension JSONWriter {
    fileprivate mutating func strings(_ name: String, _ values: [String]) {
        key(name)
        array { json in
            for value in values {
                json.element()
                json.string(value)
            }
        }
    }
}
