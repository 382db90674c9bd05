extension ModelClient {
    /// In one of the ways in which clients do it. If it is cut off, whatever came of it is left.
    func pushBlob(_ blob: String, to name: String) throws {
        if random.oneIn(3), try isThere(blob, in: name) { return }
        if random.oneIn(4) {
            let source = random.oneIn(2) ? repositories[random.below(repositories.count)] : nil
            if try mount(blob, from: source, to: name) { return }
        }
        let content = contents[blob]
        switch random.below(3) {
        case 0:
            try attempt(.pushBlob(blob, to: name)) { client in
                let target = "/v2/\(name)/blobs/uploads/?digest=\(blob)"
                return try client.post(target, body: content).push()
            }
        case 1:
            guard let upload = try open(blob, name) else { return }
            try close(upload)
        default:
            guard let upload = try open(blob, name) else { return }
            try send(upload, chunks: 1 + random.below(3))
        }
    }

    private func isThere(_ blob: String, in name: String) throws -> Bool {
        let answer = try attempt(.readBlob(blob, in: name)) { client in
            let response = try client.head("/v2/\(name)/blobs/\(blob)")
            switch response.status {
            case 200 where response["Content-Length"] == "\(contents[blob].count)": return .done
            case 404: return .unknown
            default: throw UnexpectedResponse(what: "neither there nor unknown", response: response)
            }
        }
        return answer == .done
    }

    @discardableResult
    func mount(_ blob: String, from source: String?, to name: String) throws -> Bool {
        var session: String?
        let answer = try attempt(.mountBlob(blob, from: source, to: name)) { client in
            let from = source.map { "&from=\($0)" } ?? ""
            let response = try client.post("/v2/\(name)/blobs/uploads/?mount=\(blob)\(from)").unlessReadOnly()
            switch response.status {
            case 201: return .done
            case 202:
                session = response.location
                return .declined
            default: throw UnexpectedResponse(what: "neither mounted nor declined", response: response)
            }
        }
        if let session { uploads.append(ModelUpload(repository: name, blob: blob, location: session)) }
        return answer == .done
    }
}

extension HTTPResponse {
    func push() throws -> ModelAnswer {
        guard status == 201 else { throw UnexpectedResponse(what: "the blob was not taken", response: self) }
        return .done
    }
}
