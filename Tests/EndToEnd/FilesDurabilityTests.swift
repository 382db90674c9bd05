import Testing

/// A 201 survives power loss: nothing is answered, and nothing named, before what it stands on is on the disk.
@Suite(.serialized)
struct FilesDurabilityTests {
    private let disk: PreloadedDisk
    private let server: Server
    private let client: Client

    init() throws {
        disk = try PreloadedDisk()
        server = try Server(environment: disk.environment())
        client = Client(server)
    }

    /// What happened while `body` ran.
    private func events(_ body: () throws -> Void) throws -> [String] {
        let before = try disk.events().count
        try body()
        return Array(try disk.events()[before...])
    }

    /// Expects the steps to be there in this order, each being the first that matches after the one before.
    private func expectOrder(
        _ events: [String],
        _ steps: [(what: String, matches: (String) -> Bool)],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var rest = events[...]
        for step in steps {
            guard let index = rest.firstIndex(where: step.matches) else {
                Issue.record(
                    "no \(step.what) in its place:\n\(events.joined(separator: "\n"))", sourceLocation: sourceLocation)
                return
            }
            rest = rest[(index + 1)...]
        }
    }

    private func folder(of path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    }

    /// `begin sync …/registry.db-wal`: SQLite's log, which a commit is in.
    private static func isDatabaseSync(_ event: String) -> Bool {
        event.hasPrefix("end sync ") && event.contains("/registry.db")
    }

    @Test(arguments: [0, 5000, 3_000_000], [false, true])
    func `a blob is on the disk, under its name, and in the database before it is answered`(
        _ size: Int,
        _ isSingle: Bool
    ) throws {
        let content = randomBytes(size)
        let digest = sha256(content)
        let location = isSingle ? "/v2/a/blobs/uploads/" : try client.startUpload("a")
        let events = try events {
            let target = adding("digest=\(digest)", to: location)
            expect(try client.request(isSingle ? "POST" : "PUT", target, body: content), 201)
        }
        let rename = try #require(
            events.first { $0.hasPrefix("begin rename ") && $0.contains("/uploads/") }, "\(events)")
        let names = rename.split(separator: " ").map(String.init)
        let (upload, object) = (names[2], names[3])
        #expect(object.contains(digest.dropFirst("sha256:".count)))
        expectOrder(
            events,
            [
                ("sync of the upload", { $0 == "begin sync \(upload)" }),
                ("end of that sync", { $0 == "end sync \(upload)" }),
                ("rename", { $0 == rename }),
                ("end of the rename", { $0 == "end rename \(upload) \(object)" }),
                ("sync of the folder", { $0 == "begin sync \(folder(of: object))" }),
                ("end of that sync", { $0 == "end sync \(folder(of: object))" }),
                ("sync of the database", Self.isDatabaseSync),
                ("answer", { $0 == "answer 201" }),
            ])
        // No byte comes after the sync that was to make it safe.
        let sync = try #require(events.lastIndex(of: "begin sync \(upload)"))
        #expect(!events[sync...].contains { $0.contains(" write \(upload)") }, "\(events)")
        // A folder that was just made is on the disk only with the one that it is in.
        let answer = try #require(events.firstIndex(of: "answer 201"))
        for made in events where made.hasPrefix("end mkdir ") {
            let parent = folder(of: String(made.dropFirst("end mkdir ".count)))
            #expect(events[..<answer].contains("end sync \(parent)"), "\(parent) in \(events)")
        }
    }

    @Test func `a chunk is on the disk before its row, and its row is written before it is answered`() throws {
        let location = try client.startUpload("a")
        for _ in 0..<2 {
            let events = try events { _ = try client.append(randomBytes(200_000), to: location) }
            let write = try #require(
                events.last { $0.hasPrefix("end write ") && $0.contains("/uploads/") }, "\(events)")
            let upload = String(write.dropFirst("end write ".count))
            expectOrder(
                events,
                [
                    ("last write", { $0 == write }),
                    ("sync of the upload", { $0 == "begin sync \(upload)" }),
                    ("end of that sync", { $0 == "end sync \(upload)" }),
                    ("row", { $0.hasPrefix("begin write ") && $0.contains("/registry.db") }),
                    ("answer", { $0 == "answer 202" }),
                ])
            let sync = try #require(events.firstIndex(of: "begin sync \(upload)"))
            #expect(!events[sync...].contains { $0.contains(" write \(upload)") }, "\(events)")
        }
    }

    @Test func `what a chunk has put on the disk is not put there again`() throws {
        let content = randomBytes(200_000)
        let location = try client.startUpload("a")
        let sent = try client.append(content, to: location)
        let events = try events { expect(try client.put(adding("digest=\(sha256(content))", to: sent)), 201) }
        let rename = try #require(
            events.first { $0.hasPrefix("begin rename ") && $0.contains("/uploads/") }, "\(events)")
        let names = rename.split(separator: " ").map(String.init)
        #expect(!events.contains("begin sync \(names[2])"), "\(events)")
        expectOrder(
            events,
            [
                ("rename", { $0 == rename }),
                ("sync of the folder", { $0 == "end sync \(folder(of: names[3]))" }),
                ("sync of the database", Self.isDatabaseSync),
                ("answer", { $0 == "answer 201" }),
            ])
    }

    @Test func `what an earlier process has put on the disk is put there again`() throws {
        let content = randomBytes(200_000)
        let location = try client.startUpload("a")
        let sent = try client.append(content, to: location)
        try server.crashAndRestart()
        let again = Client(server)
        let events = try events { expect(try again.put(adding("digest=\(sha256(content))", to: sent)), 201) }
        let rename = try #require(
            events.first { $0.hasPrefix("begin rename ") && $0.contains("/uploads/") }, "\(events)")
        let upload = rename.split(separator: " ").map(String.init)[2]
        expectOrder(
            events, [("sync of the upload", { $0 == "end sync \(upload)" }), ("rename", { $0 == rename })])
    }

    @Test func `manifests, tags and deletions are in the database before they are answered`() throws {
        let manifest = try client.pushImage(to: "a", as: "first")
        let digest = try client.pushBlob([1, 2, 3], to: "a")
        let steps: [(Int, () throws -> HTTPResponse)] = [
            (201, { try client.putManifest(manifest, to: "a", as: "second") }),
            (202, { try client.delete("/v2/a/manifests/second") }),
            (202, { try client.delete("/v2/a/manifests/\(manifest.digest)") }),
            (201, { try client.post("/v2/b/blobs/uploads/?mount=\(digest)&from=a") }),
            (202, { try client.delete("/v2/a/blobs/\(digest)") }),
        ]
        for (status, step) in steps {
            let events = try events { expect(try step(), status) }
            expectOrder(
                events, [("sync of the database", Self.isDatabaseSync), ("answer", { $0 == "answer \(status)" })])
        }
    }
}
