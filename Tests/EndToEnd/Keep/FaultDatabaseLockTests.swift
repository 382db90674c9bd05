import Foundation
import Testing

/// Another process has the database and does not let go.
struct FaultDatabaseLockTests {
    /// Holds the lock until it ends.
    private func lock(_ database: String) throws -> ChildProcess {
        let script = """
            import signal, sqlite3, sys
            connection = sqlite3.connect(sys.argv[1], isolation_level=None)
            connection.execute("BEGIN EXCLUSIVE")
            print("locked", flush=True)
            signal.pause()
            """
        let process = try ChildProcess("python3", ["-c", script, database])
        try eventually("that it is locked: \(process.errors.text)") { process.output.text.contains("locked") }
        return process
    }

    @Test func `writes are told to come back, reads go on, and it recovers by itself`() throws {
        let directory = try TemporaryDirectory()
        let server = try Server.onFiles(directory("blobs"), admin: true, in: directory)
        let client = Client(server)
        let image = try client.pushImage(to: "a", as: "latest")
        let blob = randomBytes(100_000)
        let digest = try client.pushBlob(blob, to: "a")
        let content = randomBytes(300_000)
        let location = try client.append(Array(content[..<100_000]), to: client.startUpload("a"), at: 0)
        let range = [("Content-Range", "100000-299999")]
        let locker = try lock(server.data + "/registry.db")

        let writes: [@Sendable () throws -> HTTPResponse] = [
            { try Client(server).post("/v2/a/blobs/uploads/") },
            { try Client(server).putManifest(image, to: "a", as: "other") },
            { try Client(server).delete("/v2/a/manifests/latest") },
            { try Client(server).delete("/v2/a/blobs/\(digest)") },
            { try Client(server).patch(location, range, body: Array(content[100_000...])) },
            {
                let bytes = randomBytes(10)
                return try Client(server).post("/v2/a/blobs/uploads/?digest=\(sha256(bytes))", body: bytes)
            },
        ]
        let answers = writes.map { write in Background { try write() } }
        var served = 0
        while answers.contains(where: { !$0.isDone }) {
            expectSame(try Client(server).get("/v2/a/manifests/latest").body, image.content)
            expectSame(try client.pullBlob(digest, from: "a"), blob)
            expect(try client.get("/v2/a/tags/list"), 200)
            served += 1
        }
        #expect(served > 0)
        for answer in answers { expectUnavailable(try answer.join(), "database is locked") }
        expect(try Client(port: server.ports[1]).get("/readyz"), 200)

        locker.kill(SIGKILL)
        #expect(locker.wait(within: .seconds(30)) != nil)
        expect(try client.patch(location, range, body: Array(content[100_000...])), 202)
        expect(try client.finish(location, sha256(content)), 201)
        expectSame(try client.pullBlob(sha256(content), from: "a"), content)
        try client.pushManifest(image, to: "a", as: "other")
        expect(try client.delete("/v2/a/blobs/\(digest)"), 202)
    }
}
