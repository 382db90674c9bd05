import Testing

/// A registryd with a storage driver of somebody else's: the one in `Examples/`.
struct ThirdPartyDriverTests {
    @Test func `it serves a push and a pull`() throws {
        let server = try Server(
            binary: "registryd-memory", settings: ["storage={active: main, backends: {main: {driver: memory}}}"])
        let client = Client(server)
        let image = try client.pushImage(to: "a/b", as: "latest")
        expectSame(try client.get("/v2/a/b/manifests/latest").body, image.content)
        let blob = randomBytes(3_000_000)
        let location = try client.append(Array(blob[..<1_000_000]), to: client.startUpload("a/b"), at: 0)
        let next = try client.append(Array(blob[1_000_000...]), to: location, at: 1_000_000)
        expect(try client.finish(next, sha256(blob)), 201)
        expectSame(try client.pullBlob(sha256(blob), from: "a/b"), blob)
        let part = try client.get("/v2/a/b/blobs/\(sha256(blob))", [("Range", "bytes=5-1999999")])
        expect(part, 206)
        expectSame(part.body, Array(blob[5..<2_000_000]))
        #expect(
            files(below: server.data).allSatisfy { !$0.contains("/") || $0.hasPrefix("token-keys/") },
            "no blob on the disk")
    }

    @Test func `a key that its driver does not know is refused`() throws {
        let directory = try TemporaryDirectory()
        let result = try runUnchecked(
            Server.built("registryd-memory"),
            [
                "serve", "--data", directory("data"), "--listen", "127.0.0.1:0", "--set",
                "storage={active: main, backends: {main: {driver: memory, colour: red}}}",
            ], limit: .seconds(60))
        #expect(result.exit == .code(78), "\(result)")
        #expect(result.errors.contains("storage.backends.main.colour"), "\(result)")
    }
}
