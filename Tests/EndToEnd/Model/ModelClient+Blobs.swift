/// A session that was begun and not ended.
struct ModelUpload {
    var repository: String
    var blob: String
    var location: String
    /// Its last request was cut off, so it may be over.
    var isClosing = false
}

extension ModelClient {
    /// Bytes: of nothing and of one byte a session's status says the same.
    private static let leastChunk = 2

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
            try close(upload, content[...])
        default:
            guard let upload = try open(blob, name) else { return }
            try send(upload, from: 0, chunks: 1 + random.below(3))
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
            let response = try client.post("/v2/\(name)/blobs/uploads/?mount=\(blob)\(from)")
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

    // MARK: Sessions

    func beginUpload(of blob: String, to name: String) throws {
        guard var upload = try open(blob, name) else { return }
        let content = contents[blob]
        if content.count > Self.leastChunk, random.oneIn(2) {
            let part = Array(content[..<(Self.leastChunk + random.below(content.count - Self.leastChunk))])
            if let next = try unlessCutOff("begin \(blob)", { try $0.append(part, to: upload.location, at: 0) }) {
                upload.location = next
            }
        }
        uploads.append(upload)
    }

    /// Ends one of the sessions that were left, one way or the other, also where a server died since.
    func goOnWithUpload() throws {
        guard !uploads.isEmpty else { return }
        let upload = uploads.remove(at: random.below(uploads.count))
        guard let status = try unlessCutOff("go on with \(upload)", { try $0.get(upload.location) }) else {
            return uploads.append(upload)
        }
        if status.status == 404, upload.isClosing { return }
        guard status.status == 204 else { throw UnexpectedResponse(what: "no session", response: status) }
        if random.oneIn(4) {
            guard let response = try unlessCutOff("cancel", { try $0.delete(upload.location) }) else { return }
            guard response.status == 204 else { throw UnexpectedResponse(what: "not ended", response: response) }
            return
        }
        let last = status["Range"]?.split(separator: "-").last.flatMap { Int($0) } ?? 0
        try send(upload, from: last == 0 ? 0 : last + 1, chunks: 1 + random.below(2))
    }

    private func open(_ blob: String, _ name: String) throws -> ModelUpload? {
        try unlessCutOff("open \(name)") { try $0.startUpload(name) }.map {
            ModelUpload(repository: name, blob: blob, location: $0)
        }
    }

    /// What is left, in so many chunks, and then the end.
    private func send(_ upload: ModelUpload, from start: Int, chunks: Int) throws {
        var (upload, offset) = (upload, start)
        let content = contents[upload.blob]
        let size = max(Self.leastChunk, (content.count - start + chunks - 1) / chunks)
        while offset < content.count {
            let end = min(offset + size, content.count)
            let next = try unlessCutOff("send \(offset)..<\(end)") {
                try $0.append(Array(content[offset..<end]), to: upload.location, at: offset)
            }
            guard let next else { return uploads.append(upload) }
            (upload.location, offset) = (next, end)
        }
        try close(upload, content[content.count...])
    }

    private func close(_ upload: ModelUpload, _ rest: ArraySlice<UInt8>) throws {
        let answer = try attempt(.pushBlob(upload.blob, to: upload.repository)) { client in
            try client.finish(upload.location, upload.blob, body: Array(rest)).push()
        }
        if answer == nil {
            var upload = upload
            upload.isClosing = true
            uploads.append(upload)
        }
    }
}

extension HTTPResponse {
    fileprivate func push() throws -> ModelAnswer {
        guard status == 201 else { throw UnexpectedResponse(what: "the blob was not taken", response: self) }
        return .done
    }
}
