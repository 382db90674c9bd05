extension ModelClient {
    /// Everything that there may be, byte for byte, and that nothing else is there.
    func readAll() throws {
        for name in repositories {
            try listTags(in: name)
            for tag in model.state[name].tags.keys.sorted() { try readTag(tag, in: name) }
            for digest in manifests.keys.sorted() { try readManifest(digest, in: name) }
            for blob in contents.digests { try readBlob(blob, in: name) }
        }
    }

    func readBlob(_ blob: String, in name: String) throws {
        try attempt(.readBlob(blob, in: name)) { client in
            let response = try client.get("/v2/\(name)/blobs/\(blob)")
            guard try response.isFound() else { return .unknown }
            guard response.body == contents[blob] else {
                throw NeverHappened(description: "\(blob) in \(name) has \(response.body.count) other bytes")
            }
            return .done
        }
    }

    func readManifest(_ digest: String, in name: String) throws {
        try attempt(.readManifest(digest, in: name)) { client in
            let response = try client.get("/v2/\(name)/manifests/\(digest)")
            guard try response.isFound() else { return .unknown }
            guard response.body == manifests[digest]?.content else {
                throw UnexpectedResponse(what: "another manifest than \(digest)", response: response)
            }
            return .done
        }
    }

    @discardableResult
    func readTag(_ tag: String, in name: String) throws -> ModelAnswer? {
        try attempt(.readTag(tag, in: name)) { client in
            let response = try client.get("/v2/\(name)/manifests/\(tag)")
            guard try response.isFound() else { return .unknown }
            let digest = sha256(response.body)
            guard response["Docker-Content-Digest"] == digest, manifests[digest] != nil else {
                throw UnexpectedResponse(what: "a manifest that nobody pushed", response: response)
            }
            return .found(digest)
        }
    }

    func listTags(in name: String) throws {
        struct TagList: Decodable { var tags: [String] }
        try attempt(.listTags(in: name)) { client in
            let response = try client.get("/v2/\(name)/tags/list")
            // There is no such repository as long as nothing was pushed to it.
            return .tags(try response.isFound() ? Set(response.decode(TagList.self).tags) : [])
        }
    }
}

extension HTTPResponse {
    fileprivate func isFound() throws -> Bool {
        guard status == 200 || status == 404 else {
            throw UnexpectedResponse(what: "neither there nor unknown", response: self)
        }
        return status == 200
    }
}
