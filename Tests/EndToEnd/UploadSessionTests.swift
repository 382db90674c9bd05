import Testing

/// Upload sessions: where they stand, how they end, and two requests at one.
struct UploadSessionTests {
    let client: Client
    let repository = uniqueRepository()

    init() throws {
        client = Client(try Server.shared())
    }

    @Test func `the status tells how far it is`() throws {
        var location = try client.startUpload(repository)
        expect(try client.get(location), 204)
        for end in [999, 1999] {
            location = try client.append(randomBytes(1000), to: location)
            let status = try client.get(location)
            expect(status, 204)
            #expect(status["Range"] == "0-\(end)")
            location = try #require(status.location)
        }
    }

    @Test func `a cancelled upload is gone, with what it stored`() throws {
        let server = try Server.shared()
        let location = try client.append(randomBytes(100_000), to: client.startUpload(repository))
        let id = try #require(location.split(separator: "?")[0].split(separator: "/").last)
        #expect(try server.unfinished().contains { $0.contains(id) })
        expect(try client.delete(location), 204)
        let left = try files(below: server.data) + server.unfinished() + server.storedBlobs().map(\.name)
        #expect(!left.contains { $0.contains(id) })
        for method in ["GET", "PATCH", "DELETE"] {
            expect(try client.request(method, location), 404, "BLOB_UPLOAD_UNKNOWN")
        }
        expect(try client.finish(location, sha256([])), 404, "BLOB_UPLOAD_UNKNOWN")
    }

    @Test func `a closed upload is no upload any more`() throws {
        let content = randomBytes(10)
        let location = try client.startUpload(repository)
        expect(try client.finish(location, sha256(content), body: content), 201)
        expect(try client.get(location), 404, "BLOB_UPLOAD_UNKNOWN")
        expect(try client.finish(location, sha256(content), body: content), 404, "BLOB_UPLOAD_UNKNOWN")
    }

    @Test(arguments: [
        "00000000-0000-4000-8000-000000000000", "no-uuid", "..", "%2e%2e", "4C2F0E7A-0000-4000-8000-000000000000",
    ])
    func `an unknown session is 404`(_ id: String) throws {
        let location = "/v2/\(repository)/blobs/uploads/\(id)"
        for method in ["GET", "PATCH", "DELETE"] {
            expect(try client.request(method, location), 404)
        }
        expect(try client.finish(location, sha256([])), 404)
    }

    @Test func `a session is not to be had through another repository`() throws {
        let location = try client.append([1, 2, 3], to: client.startUpload(repository))
        let elsewhere = location.replacing(repository, with: uniqueRepository())
        for method in ["GET", "PATCH", "DELETE"] {
            expect(try client.request(method, elsewhere), 404, "BLOB_UPLOAD_UNKNOWN")
        }
        expect(try client.finish(elsewhere, sha256([1, 2, 3])), 404, "BLOB_UPLOAD_UNKNOWN")
        expect(try client.finish(location, sha256([1, 2, 3])), 201)
    }

    // MARK: Two at once

    @Test func `of two chunks at once one is taken, and the blob is right`() throws {
        let contents = [randomBytes(1 << 20), randomBytes(1 << 20)]
        let headers = [("Content-Length", "\(1 << 20)"), ("Content-Range", "0-\((1 << 20) - 1)")]
        let location = try client.startUpload(repository)
        // The first is in the middle of its chunk when the second comes.
        let slow = try HTTPConnection(port: client.port)
        try slow.sendHead("PATCH", location, headers)
        try slow.send(contents[0][..<500_000])
        let second = try client.patch(location, headers, body: contents[1])
        try? slow.send(contents[0][500_000...])
        let first = try slow.readResponse(to: "PATCH")
        try expectOneWinner([first, second], contents, location)
    }

    @Test func `of many chunks at once one is taken, and the blob is right`() throws {
        let server = try Server.shared()
        for _ in 0..<5 {
            let contents = (0..<8).map { _ in randomBytes(20_000) }
            let location = try client.startUpload(repository)
            let responses = concurrently(8) { index in
                try Client(server).patch(location, [("Content-Range", "0-19999")], body: contents[index])
            }
            try expectOneWinner(responses.map { try $0.get() }, contents, location)
        }
    }

    private func expectOneWinner(_ responses: [HTTPResponse], _ contents: [[UInt8]], _ location: String) throws {
        let winners = responses.indices.filter { responses[$0].status == 202 }
        #expect(winners.count == 1, "\(responses.map(\.status))")
        #expect(responses.allSatisfy { [202, 409, 416].contains($0.status) }, "\(responses)")
        let winner = contents[try #require(winners.first)]
        expect(try client.finish(location, sha256(winner)), 201)
        expectSame(try client.pullBlob(sha256(winner), from: repository), winner)
    }

    @Test func `of two that close a session one succeeds`() throws {
        let server = try Server.shared()
        let content = randomBytes(200_000)
        for _ in 0..<5 {
            let repository = uniqueRepository()
            let location = try client.append(content, to: client.startUpload(repository))
            let responses = try concurrently(4) { _ in try Client(server).finish(location, sha256(content)) }.map {
                try $0.get()
            }
            #expect(responses.filter { $0.status == 201 }.count == 1, "\(responses.map(\.status))")
            #expect(responses.allSatisfy { [201, 404, 409, 416].contains($0.status) }, "\(responses)")
            expectSame(try client.pullBlob(sha256(content), from: repository), content)
        }
    }

    // MARK: A client that goes away

    @Test(arguments: [false, true], [false, true])
    func `a client that goes away in the middle of a chunk goes on later`(_ isReset: Bool, _ isStreamed: Bool) throws {
        let content = randomBytes(2 << 20)
        let location = try client.append(Array(content[..<1000]), to: client.startUpload(repository), at: 0)
        let connection = try HTTPConnection(port: client.port)
        let part = Array(content[1000..<800_000])
        if isStreamed {
            try connection.sendHead("PATCH", location, [("Transfer-Encoding", "chunked")])
            try connection.sendChunk(part)
        } else {
            try connection.sendHead("PATCH", location, [("Content-Length", "\(content.count - 1000)")])
            try connection.send(part)
        }
        if isReset {
            connection.socket.reset()
        } else {
            connection.socket.close()
            // What arrived whole is kept; after a reset the system may have thrown it away.
            try eventually("that what was sent is kept") {
                try client.get(location)["Range"] == "0-799999"
            }
        }
        try client.goOn(with: content, at: location)
        expect(try client.finish(location, sha256(content)), 201)
        expectSame(try client.pullBlob(sha256(content), from: repository), content)
    }
}
