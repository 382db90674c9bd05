// Sessions.
extension ModelClient {
    /// Bytes: where a session has one byte, its status does not tell that from nothing.
    static let leastChunk = 2

    func open(_ blob: String, _ name: String) throws -> ModelUpload? {
        // Whoever names the wrong one, or does not name SHA-512, has all of it read again in the end.
        let queries = ["", "", "?digest-algorithm=sha256", "?digest-algorithm=sha512"]
        let query = queries[random.below(queries.count)]
        return try answer(to: "open \(name)\(query)") { try $0.startUpload(name, query: query) }.map {
            ModelUpload(repository: name, blob: blob, location: $0)
        }
    }

    /// Leaves it at that, with or without a first chunk.
    func beginUpload(of blob: String, to name: String) throws {
        guard var upload = try open(blob, name) else { return }
        let count = contents[blob].count
        if count > Self.leastChunk, random.oneIn(2) {
            try append(&upload, to: Self.leastChunk + random.below(count - Self.leastChunk))
        }
        uploads.append(upload)
    }

    /// Takes up one of the sessions that were left, also where a server died since.
    func goOnWithUpload() throws {
        guard !uploads.isEmpty else { return }
        var upload = uploads.remove(at: random.below(uploads.count))
        guard let status = try status(of: upload) else { return uploads.append(upload) }
        if status.status == 404, upload.isClosing { return }
        guard status.status == 204, let offset = status.uploadOffset, upload.mayHave(offset) else {
            throw UnexpectedResponse(what: "not the session that was left, \(upload)", response: status)
        }
        upload.acknowledged = offset
        switch random.below(8) {
        case 0, 1: try cancel(upload)
        case _ where upload.isClosing: try close(upload)
        case 2: try closeWrongly(upload)
        case 3: try sendElsewhere(upload)
        case 4: try breakOff(upload)
        default: try send(upload, chunks: 1 + random.below(2))
        }
    }

    func status(of upload: ModelUpload) throws -> HTTPResponse? {
        let status = try answer(to: "\(upload)", writes: false) { try $0.get(upload.location) }
        note("  \(status?["Range"] ?? "nothing")")
        return status
    }

    private func cancel(_ upload: ModelUpload) throws {
        let response = try answer(to: "cancel") { try $0.delete(upload.location).unlessReadOnly() }
        guard let response else { return leaveClosing(upload) }
        guard response.status == 204 else { throw UnexpectedResponse(what: "not ended", response: response) }
    }

    /// What is left, in so many chunks, and then the end.
    func send(_ upload: ModelUpload, chunks: Int) throws {
        var upload = upload
        let count = contents[upload.blob].count
        let size = max(Self.leastChunk, (count - upload.acknowledged + chunks - 1) / chunks)
        while upload.acknowledged < count {
            guard try append(&upload, to: min(upload.acknowledged + size, count)) else { return uploads.append(upload) }
        }
        try close(upload)
    }

    /// A chunk up to `end`. False: nobody knows how much of it came.
    @discardableResult
    private func append(_ upload: inout ModelUpload, to end: Int) throws -> Bool {
        let (location, start) = (upload.location, upload.acknowledged)
        upload.sent = max(upload.sent, end)
        let next = try answer(to: "send \(start)..<\(end)") {
            try $0.append(Array(contents[upload.blob][start..<end]), to: location, at: start)
        }
        guard let next else { return false }
        upload.location = next
        upload.acknowledged = end
        return true
    }

    /// The end, with all that is left.
    func close(_ upload: ModelUpload) throws {
        let rest = Array(contents[upload.blob][upload.acknowledged...])
        var lost: HTTPResponse?
        let answer = try attempt(.pushBlob(upload.blob, to: upload.repository)) { client in
            let response = try client.finish(upload.location, upload.blob, body: rest)
            if upload.isClosing, response.status == 416 {
                lost = response
                return .declined
            }
            return try response.push()
        }
        if let lost { try startAgain(upload, lost) }
        if answer == nil { leaveClosing(upload) }
    }

    /// What is lost has to be sent again.
    private func startAgain(_ upload: ModelUpload, _ response: HTTPResponse) throws {
        var again = ModelUpload(repository: upload.repository, blob: upload.blob, location: upload.location)
        guard let offset = response.uploadOffset, upload.mayHave(offset) else {
            throw UnexpectedResponse(what: "not where it was", response: response)
        }
        again.acknowledged = offset
        again.sent = offset
        uploads.append(again)
    }

    /// For another time: a request that was to end it was not answered.
    func leaveClosing(_ upload: ModelUpload) {
        var upload = upload
        upload.sent = contents[upload.blob].count
        upload.isClosing = true
        uploads.append(upload)
    }
}
