// The steps that tests of something else stand on: each throws when it does not succeed.
extension Client {
    /// Opens an upload session: its location.
    func startUpload(_ repository: String, query: String = "") throws -> String {
        let response = try post("/v2/\(repository)/blobs/uploads/\(query)")
        guard response.status == 202, let location = response.location else {
            throw UnexpectedResponse(what: "no upload session", response: response)
        }
        return location
    }

    /// Sends a chunk: the location for the next.
    func append(_ bytes: [UInt8], to location: String, at offset: Int? = nil) throws -> String {
        var headers = [("Content-Type", "application/octet-stream")]
        if let offset { headers.append(("Content-Range", "\(offset)-\(offset + bytes.count - 1)")) }
        let response = try patch(location, headers, body: bytes)
        guard response.status == 202, let next = response.location else {
            throw UnexpectedResponse(what: "the chunk was not taken", response: response)
        }
        return next
    }

    /// Closes a session.
    func finish(_ location: String, _ digest: String, body: [UInt8]? = nil) throws -> HTTPResponse {
        try put(adding("digest=\(digest)", to: location), [("Content-Type", "application/octet-stream")], body: body)
    }

    /// Pushes a blob with POST and PUT: its digest.
    @discardableResult
    func pushBlob(_ bytes: [UInt8], to repository: String, digest: String? = nil) throws -> String {
        let digest = digest ?? sha256(bytes)
        let response = try finish(startUpload(repository), digest, body: bytes)
        guard response.status == 201 else {
            throw UnexpectedResponse(what: "the blob was not taken", response: response)
        }
        return digest
    }

    /// Sends a manifest, and gives whatever the answer is. `reference` is its digest if nil.
    func putManifest(
        _ manifest: Manifest,
        to repository: String,
        as reference: String? = nil
    ) throws -> HTTPResponse {
        try put(
            "/v2/\(repository)/manifests/\(reference ?? manifest.digest)", [("Content-Type", manifest.mediaType)],
            body: manifest.content)
    }

    func pushManifest(_ manifest: Manifest, to repository: String, as reference: String? = nil) throws {
        let response = try putManifest(manifest, to: repository, as: reference)
        guard response.status == 201 else {
            throw UnexpectedResponse(what: "the manifest was not taken", response: response)
        }
    }

    /// Pushes a small image, config and layer included: its manifest.
    @discardableResult
    func pushImage(to repository: String, as tag: String? = nil) throws -> Manifest {
        let config = Array("{}".utf8)
        let layer = randomBytes(1000)
        try pushBlob(config, to: repository)
        try pushBlob(layer, to: repository)
        let manifest = Manifest.image(config: config, layers: [layer])
        try pushManifest(manifest, to: repository, as: tag)
        return manifest
    }

    /// The blob's bytes, checked against its digest; nil: 404.
    func pullBlob(_ digest: String, from repository: String) throws -> [UInt8]? {
        let response = try get("/v2/\(repository)/blobs/\(digest)")
        if response.status == 404 { return nil }
        guard response.status == 200 else { throw UnexpectedResponse(what: "no blob", response: response) }
        guard sha256(response.body) == digest || sha512(response.body) == digest else {
            throw UnexpectedResponse(what: "the blob is not what \(digest) says", response: response)
        }
        return response.body
    }
}

extension Client {
    /// Sends what the session does not have yet, from wherever it says it is. The server may still be busy with a
    /// request whose client went away, and takes nothing until it has noticed.
    func goOn(with content: [UInt8], at location: String) throws {
        try eventually("that the upload goes on") {
            let status = try get(location)
            guard status.status == 204 else { throw UnexpectedResponse(what: "no status", response: status) }
            let end = status["Range"]?.split(separator: "-").last.flatMap { Int($0) } ?? 0
            let offset = end == 0 ? 0 : end + 1
            if offset >= content.count { return true }
            let headers = [("Content-Range", "\(offset)-\(content.count - 1)")]
            let response = try patch(location, headers, body: Array(content[offset...]))
            guard [202, 409, 416].contains(response.status) else {
                throw UnexpectedResponse(what: "the rest was not taken", response: response)
            }
            return response.status == 202
        }
    }
}
