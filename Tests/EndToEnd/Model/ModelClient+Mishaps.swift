import Glibc

// What clients should not do with a session, or cannot help.
extension ModelClient {
    /// Ends it with the digest of something else: it is gone then, and no blob came of it.
    func closeWrongly(_ upload: ModelUpload) throws {
        let content = contents[upload.blob]
        guard let other = random.pick(contents.digests.filter { contents[$0] != content }) else { return }
        let response = try answer(to: "close as \(other)") {
            try $0.finish(upload.location, other, body: Array(content[upload.acknowledged...])).unlessReadOnly()
        }
        guard let response else { return leaveClosing(upload) }
        guard response.status == 400, response.errors.first?.code == "DIGEST_INVALID" else {
            throw UnexpectedResponse(what: "a digest of something else", response: response)
        }
        if let status = try status(of: upload), status.status != 404 {
            throw UnexpectedResponse(what: "not gone", response: status)
        }
    }

    /// Sends a chunk that does not begin where the session is: it stays as it is.
    func sendElsewhere(_ upload: ModelUpload) throws {
        uploads.append(upload)
        guard let response = try tryElsewhere(upload) else { return }
        guard response.status == 416, response.uploadOffset == upload.acknowledged else {
            throw UnexpectedResponse(what: "a chunk out of order", response: response)
        }
    }

    private func tryElsewhere(_ upload: ModelUpload) throws -> HTTPResponse? {
        let start = contents[upload.blob].count + 1
        return try answer(to: "send \(start)..<\(start + 3)") {
            try $0.patch(upload.location, [("Content-Range", "\(start)-\(start + 2)")], body: [1, 2, 3])
                .unlessReadOnly()
        }
    }

    /// Goes away in the middle of a chunk: what came until then is kept.
    func breakOff(_ upload: ModelUpload) throws {
        var upload = upload
        let (content, start) = (contents[upload.blob], upload.acknowledged)
        let left = content.count - start
        guard left > Self.leastChunk else { return uploads.append(upload) }
        let end = start + Self.leastChunk + random.below(left - Self.leastChunk)
        upload.sent = max(upload.sent, end)
        let before = registry.moment
        let isSent: Void? = try answer(to: "send \(start)..<\(end), and go", writes: false) { client in
            let connection = try client.open()
            let range = ("Content-Range", "\(start)-\(content.count - 1)")
            do {
                try connection.sendHead("PATCH", upload.location, [range, ("Content-Length", "\(left)")])
                try connection.send(content[start..<end])
            } catch let error as SystemError where error.code == EPIPE || error.code == ECONNRESET {
                // Refused already: what it was told does not matter to somebody who goes.
                guard registry.moment.mayHaveRefused(since: before) else { throw error }
            }
            client.forget()
        }
        if isSent != nil {
            try waitUntilFree(upload, with: end, since: before)
        }
        uploads.append(upload)
    }

    /// Until the server has noticed that the client went away, the session is busy.
    private func waitUntilFree(_ upload: ModelUpload, with end: Int, since start: ModelMoment) throws {
        var last = ""
        try eventually("that the session has \(end) bytes; it says \(last)") {
            guard let status = try status(of: upload) else { return true }
            last = "\(status)"
            let now = registry.moment
            guard status.uploadOffset == end || now.mayHaveCutOff(since: start) || now.mayHaveRefused(since: start)
            else { return false }
            // Not before: of two requests to a session one wins, and it need not be the first.
            guard let response = try tryElsewhere(upload) else { return true }
            return response.status == 416
        }
    }
}
