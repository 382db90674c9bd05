import Testing

/// Many clients at once, at a size that fits every run; `make load` does the full one.
@Suite(.serialized)
struct ManyConnectionsTests {
    @Test func `200 idle and 50 active connections are served beside each other`() throws {
        let server = try Server()
        let image = try Client(server).pushImage(to: "a", as: "latest")
        let idle = try (0..<200).map { _ in
            let connection = try HTTPConnection(port: server.port)
            try connection.sendHead("GET", "/v2/")
            expect(try connection.readResponse(to: "GET"), 200)
            return connection
        }
        let results = concurrently(50) { index in
            let client = Client(server)
            let blob = randomBytes(100_000 + index)
            for round in 0..<5 {
                let repository = "r\(index)"
                try client.pushBlob(blob + [UInt8(round)], to: repository)
                guard try client.pullBlob(sha256(blob + [UInt8(round)]), from: repository)?.count == blob.count + 1,
                    try client.get("/v2/a/manifests/latest").body == image.content
                else { return false }
            }
            return true
        }
        for result in results { #expect(try result.get()) }
        for connection in idle {
            try connection.sendHead("GET", "/v2/a/manifests/latest")
            expectSame(try connection.readResponse(to: "GET").body, image.content)
        }
        #expect(try server.residentMemory() < 200 << 20)
    }

    @Test func `clients that read slowly cost no memory`() throws {
        let server = try Server()
        let client = Client(server)
        let image = try client.pushImage(to: "a", as: "latest")
        let blob = randomBytes(16 << 20)
        let digest = try client.pushBlob(blob, to: "a")
        let before = try server.residentMemory()
        // A gibibyte in all, of which nobody reads more than a little.
        let slow = try (0..<64).map { _ in
            let connection = try HTTPConnection(port: server.port)
            connection.socket.limitReceiveBuffer(to: 64 << 10)
            try connection.sendHead("GET", "/v2/a/blobs/\(digest)")
            expect(try connection.readHead(), 200)
            _ = try connection.read(100_000)
            return connection
        }
        for _ in 0..<100 { expectSame(try client.get("/v2/a/manifests/latest").body, image.content) }
        let grown = try server.residentMemory() - before
        #expect(grown < 100 << 20, "\(grown >> 20) MiB for 64 slow clients")
        for connection in slow.prefix(4) {
            expectSame(try connection.read(blob.count - 100_000), Array(blob[100_000...]))
        }
    }

    @Test func `uploads that come slowly cost little memory`() throws {
        // Over S3 this is what may wait in memory; more goes through files.
        let server = try Server(settings: ["limits.upload-memory=64MiB"])
        let client = Client(server)
        let before = try server.residentMemory()
        let uploads = try (0..<32).map { index in
            let content = randomBytes(8 << 20)
            let location = try client.startUpload("a")
            let connection = try HTTPConnection(port: server.port)
            try connection.sendHead("PATCH", location, [("Content-Length", "\(content.count)")])
            try connection.send(content[..<(content.count / 2)])
            return (content: content, location: location, connection: connection)
        }
        let grown = try server.residentMemory() - before
        #expect(grown < 100 << 20, "\(grown >> 20) MiB for 32 slow uploads")
        for upload in uploads {
            try upload.connection.send(upload.content[(upload.content.count / 2)...])
            expect(try upload.connection.readResponse(to: "PATCH"), 202)
            expect(try client.finish(upload.location, sha256(upload.content)), 201)
        }
    }
}
