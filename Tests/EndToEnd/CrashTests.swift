import Glibc
import Testing

/// kill -9, and what is there afterwards.
@Suite(.serialized)
struct CrashTests {
    @Test(arguments: [100, 3_000_000])
    func `a chunked push goes on after a crash in the middle of a chunk`(_ size: Int) throws {
        let server = try Server()
        let content = randomBytes(3 * size)
        let location = try Client(server).startUpload("a/b")
        _ = try Client(server).append(Array(content[..<size]), to: location, at: 0)
        let connection = try HTTPConnection(port: server.port)
        try connection.sendHead("PATCH", location, [("Content-Length", "\(2 * size)")])
        try connection.send(content[size..<size + size / 2])
        try server.crashAndRestart()

        let client = Client(server)
        let status = try client.get(location)
        expect(status, 204)
        // A 202 survives: at least the first chunk is there.
        let end = try #require(status["Range"]?.split(separator: "-").last.flatMap { Int($0) })
        #expect(end >= size - 1 && end < size + size / 2, "\(end)")
        try client.goOn(with: content, at: location)
        expect(try client.finish(location, sha256(content)), 201)
        expectSame(try client.pullBlob(sha256(content), from: "a/b"), content)
    }

    @Test func `chunks of one upload may have a crash between each two`() throws {
        let server = try Server()
        let content = randomBytes(250_000)
        var location = try Client(server).startUpload("a")
        for start in stride(from: 0, to: content.count, by: 50_000) {
            location = try Client(server).append(Array(content[start..<start + 50_000]), to: location, at: start)
            try server.crashAndRestart()
        }
        let response = try Client(server).finish(location, sha512(content))
        expect(response, 201)
        expectSame(try Client(server).pullBlob(sha512(content), from: "a"), content)
    }

    /// What a client did before its server died.
    private struct Pushed: Sendable {
        /// Answered 201.
        var blobs: [String] = []
        /// Manifests by their tags, answered 201.
        var manifests: [String: Manifest] = [:]
        /// Begun, and not answered.
        var unanswered: [String] = []
    }

    @Test func `everything answered 201 before a crash is there, whole, and nothing is there by half`() throws {
        let server = try Server()
        let answered = Counter()
        let port = server.port
        let clients = (0..<200).map { index in
            Background { () -> Pushed in
                var pushed = Pushed()
                let client = Client(port: port)
                let repository = "crash/r\(index % 7)"
                for round in 0... {
                    let blob = randomBytes([1000, 40_000, 300_000][(index + round) % 3])
                    let digest = sha256(blob)
                    do {
                        if (index + round) % 2 == 0 {
                            try client.pushBlob(blob, to: repository)
                        } else {
                            let location = try client.startUpload(repository)
                            let half = blob.count / 2
                            let next = try client.append(Array(blob[..<half]), to: location, at: 0)
                            let last = try client.finish(next, digest, body: Array(blob[half...]))
                            guard last.status == 201 else { throw UnexpectedResponse(what: "no blob", response: last) }
                        }
                        pushed.blobs.append(digest)
                        answered.add()
                        let manifest = Manifest.image(config: blob, layers: [])
                        let tag = "t\(index).\(round)"
                        try client.pushManifest(manifest, to: repository, as: tag)
                        pushed.manifests[tag] = manifest
                    } catch let error as UnexpectedResponse {
                        throw error
                    } catch {
                        // The server is gone.
                        if pushed.blobs.last != digest { pushed.unanswered.append(digest) }
                        return pushed
                    }
                }
                return pushed
            }
        }
        try eventually("that 300 blobs are answered", within: .seconds(240)) { answered.value >= 300 }
        server.stop(SIGKILL)
        let pushed = try clients.map { try $0.join() }
        try server.start()

        #expect(pushed.map(\.blobs.count).reduce(0, +) >= 300)
        let client = Client(server)
        for (index, pushed) in pushed.enumerated() {
            let repository = "crash/r\(index % 7)"
            for digest in pushed.blobs {
                #expect(try client.pullBlob(digest, from: repository) != nil, "\(digest), which was answered 201")
            }
            for (tag, manifest) in pushed.manifests {
                expectSame(try client.get("/v2/\(repository)/manifests/\(tag)").body, manifest.content)
            }
            // Throws if it is there and wrong.
            for digest in pushed.unanswered { _ = try client.pullBlob(digest, from: repository) }
        }
        #expect(try server.storedBlobs().count >= 300)
        // Named after its content, it has it.
        for (name, bytes) in try server.filesOfBlobs() {
            let file = try #require(name.split(separator: "/").last)
            #expect(file.hasPrefix(sha256(bytes).dropFirst("sha256:".count)), "\(name)")
        }
    }

    @Test func `a server that crashed in the middle of everything takes pushes again`() throws {
        let server = try Server()
        let image = try Client(server).pushImage(to: "a", as: "latest")
        for _ in 0..<3 {
            let port = server.port
            let begun = Counter()
            let clients = (0..<8).map { _ in
                Background {
                    let client = Client(port: port)
                    guard let location = try? client.startUpload("a") else { return }
                    begun.add()
                    let blob = randomBytes(2_000_000)
                    _ = try? client.finish(location, sha256(blob), body: blob)
                }
            }
            try eventually("that uploads are under way") {
                begun.value >= 4 || clients.allSatisfy { $0.isDone }
            }
            try server.crashAndRestart()
            for client in clients { _ = try client.join() }
            let client = Client(server)
            expectSame(try client.get("/v2/a/manifests/latest").body, image.content)
            try client.pushImage(to: "a", as: "next")
        }
    }

    // MARK: Expiry

    @Test func `idle sessions expire and leave nothing behind, also those of a crash`() throws {
        let server = try Server(settings: ["limits.upload-idle=1s"])
        let locations = try leaveSessions(on: server)
        try server.crashAndRestart()
        let later = try leaveSessions(on: server)
        try eventually("that nothing is left of them; there is \((try? server.unfinished()) ?? [])") {
            try server.unfinished().isEmpty
        }
        let client = Client(server)
        for location in locations + later {
            try eventually("that the session is unknown") { try client.get(location).status == 404 }
            expect(try client.patch(location, body: [1]), 404, "BLOB_UPLOAD_UNKNOWN")
            expect(try client.finish(location, sha256([1]), body: [1]), 404, "BLOB_UPLOAD_UNKNOWN")
        }
    }

    /// A new session, one with a chunk, one in the middle of a chunk.
    private func leaveSessions(on server: Server) throws -> [String] {
        let client = Client(server)
        let locations = try (0..<3).map { _ in try client.startUpload("a") }
        _ = try? client.append(randomBytes(10_000), to: locations[1])
        let connection = try HTTPConnection(port: server.port)
        try connection.sendHead("PATCH", locations[2], [("Content-Length", "1000000")])
        try connection.send(randomBytes(300_000))
        return locations
    }
}
