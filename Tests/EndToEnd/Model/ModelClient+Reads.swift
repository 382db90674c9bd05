extension ModelClient {
    /// Everything that there may be, byte for byte, and that nothing else is there.
    func readAll() throws {
        for name in repositories {
            try listTags(in: name)
            for tag in model.state[name].tags.keys.sorted() { try readTag(tag, in: name) }
            for digest in manifests.keys.sorted() {
                try readManifest(digest, in: name)
                try listReferrers(of: digest, type: nil, in: name)
            }
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
        try attempt(.listTags(in: name)) { client in
            let response = try client.get("/v2/\(name)/tags/list")
            // There is no such repository as long as nothing was pushed to it.
            return .tags(try response.isFound() ? Set(response.decode(TagList.self).tags) : [])
        }
    }

    func listReferrers(of subject: String, type: String?, in name: String) throws {
        struct List: Decodable { var manifests: [Descriptor] }
        try attempt(.listReferrers(of: subject, type: type, in: name)) { client in
            let filter = type.map { "?artifactType=\($0)" } ?? ""
            let response = try client.get("/v2/\(name)/referrers/\(subject)\(filter)")
            guard response.status == 200, response["OCI-Filters-Applied"] == type.map({ _ in "artifactType" }),
                response.nextPage == nil
            else { throw UnexpectedResponse(what: "no list, or a part of one", response: response) }
            let entries = try response.decode(List.self).manifests
            let digests = Set(entries.map(\.digest))
            guard digests.count == entries.count, try entries.allSatisfy({ try $0 == manifests[$0.digest]?.listed() })
            else { throw UnexpectedResponse(what: "not as they were pushed", response: response) }
            return .referrers(digests)
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
