import Glibc

/// A push by a client that follows the specification through failures, refusals and restarts of the server: it asks
/// where the session is and goes on from there, and begins anew where there is no session any more.
struct ResumingPush: Sendable {
    var repository: String
    var content: [UInt8]
    /// What a PATCH brings, in bytes, one after the other and over again. Empty: everything comes with the PUT.
    var chunks: [Int]
    var digest: String

    init(_ content: [UInt8], to repository: String, chunks: [Int]) {
        self.repository = repository
        self.content = content
        self.chunks = chunks
        digest = sha256(content)
    }

    /// Where it is.
    struct Progress: Sendable {
        var location: String?
        var offset = 0
        /// Nobody knows what the last request came to.
        var isUncertain = false
        var turn = 0
    }

    /// One request after the other until the blob is there (nil), or one is answered with something else than the
    /// specification goes on from.
    func run(on client: Client, _ progress: inout Progress, sent: (Int) -> Void = { _ in }) throws -> HTTPResponse? {
        while true {
            let response = try step(client, &progress, sent)
            switch response.status {
            case 201: return nil
            case 202, 204:
                progress.isUncertain = false
                progress.location = response.location ?? progress.location
                progress.offset = response.sessionOffset
            case 404: progress = Progress(turn: progress.turn)
            case 416, 409: progress.isUncertain = true
            default:
                progress.isUncertain = true
                return response
            }
        }
    }

    private func step(_ client: Client, _ progress: inout Progress, _ sent: (Int) -> Void) throws -> HTTPResponse {
        guard let location = progress.location else {
            return try client.post("/v2/\(repository)/blobs/uploads/")
        }
        if progress.isUncertain { return try client.get(location) }
        // If this throws, the answer is lost and what came of it is not known.
        progress.isUncertain = true
        let rest = content[progress.offset...]
        if chunks.isEmpty || rest.isEmpty {
            return try client.send("PUT", adding("digest=\(digest)", to: location), [], rest, sent)
        }
        let chunk = rest.prefix(chunks[progress.turn % chunks.count])
        progress.turn += 1
        let range = ("Content-Range", "\(chunk.startIndex)-\(chunk.endIndex - 1)")
        return try client.send("PATCH", location, [range], chunk, sent)
    }
}

extension HTTPResponse {
    /// How many bytes an upload session has. An empty one says `0-0`; these tests send more than one byte.
    var sessionOffset: Int {
        let end = self["Range"]?.split(separator: "-").last.flatMap { Int($0) } ?? 0
        return end == 0 ? 0 : end + 1
    }
}

extension Client {
    /// A request whose body goes out piece by piece; `sent` hears of each.
    func send(
        _ method: String,
        _ target: String,
        _ headers: [(String, String)],
        _ body: ArraySlice<UInt8>,
        _ sent: (Int) -> Void
    ) throws -> HTTPResponse {
        let connection = try open()
        let length = ("Content-Length", "\(body.count)")
        do {
            try connection.sendHead(method, target, headers + [length, ("Content-Type", "application/octet-stream")])
            var rest = body
            while !rest.isEmpty {
                let piece = rest.prefix(64 << 10)
                try connection.send(piece)
                sent(piece.count)
                rest = rest.dropFirst(piece.count)
            }
        } catch let error as SystemError where error.code == EPIPE || error.code == ECONNRESET {
            // The server may have answered, and gone.
        }
        do {
            let response = try connection.readResponse(to: method)
            if response["Connection"]?.lowercased() == "close" { forget() }
            return response
        } catch {
            forget()
            throw error
        }
    }
}
