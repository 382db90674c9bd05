import Foundation
import Glibc
import Testing

/// Backends that come and go while the server runs, and a start without one that is needed.
@Suite(.serialized)
struct StorageReloadTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func root(_ backend: String) -> String { directory("root-\(backend)") }

    private func configuration(_ backends: [String], active: String) -> String {
        let sections = backends.map { "    \($0): { driver: fs, root: \"\(root($0))\" }\n" }
        return "storage:\n  active: \(active)\n  backends:\n\(sections.joined())"
    }

    private func server(_ backends: [String], active: String) throws -> Server {
        try Server(configuration: configuration(backends, active: active), directory: directory)
    }

    /// Reloads with other settings, and waits until the server has said what came of it: the new part of its log.
    private func reload(_ server: Server, _ configuration: String) throws -> String {
        try directory.write(configuration, to: "registryd.yaml")
        let before = server.log
        func news() -> String { String(server.log.dropFirst(before.count)) }
        server.signal(SIGHUP)
        try eventually("that it has reloaded, or not; the log: \(server.log)") {
            let lines = news().split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            return lines.contains { $0.contains("configuration reloaded") || $0.contains("not reloaded: ") }
        }
        return news()
    }

    private func blobs(_ backend: String) -> Int { files(below: root(backend) + "/blobs").count }

    /// Starts it as `server` was started, and expects that it refuses.
    private func refusedStart(_ server: Server) throws -> ProcessResult {
        let arguments = [
            "serve", "--data", server.data, "--listen", "127.0.0.1:0", "--config", directory("registryd.yaml"),
        ]
        return try runUnchecked(Server.built("registryd"), arguments, limit: .seconds(60))
    }

    @Test func `a backend is added and becomes the active one, and nothing under way notices`() throws {
        let server = try server(["disk"], active: "disk")
        let client = Client(server)
        let (old, begun, running, new) = (randomBytes(1000), randomBytes(2000), randomBytes(4 << 20), randomBytes(3000))
        try client.pushBlob(old, to: "a")
        let session = try client.append(Array(begun[..<500]), to: client.startUpload("a"))
        let connection = try HTTPConnection(port: server.port)
        try connection.sendHead(
            "POST", "/v2/a/blobs/uploads/?digest=\(sha256(running))", [("Content-Length", "\(running.count)")])
        try connection.send(running[..<(2 << 20)])
        try eventually("that the upload is under way") { files(below: root("disk") + "/uploads").count > 1 }

        let log = try reload(server, configuration(["disk", "other"], active: "other"))
        #expect(log.contains("new blobs go to backend other now"), "\(log)")
        #expect(!log.contains("restart"), "\(log)")
        try client.pushBlob(new, to: "a")
        #expect(blobs("other") == 1)
        expect(try client.finish(session, sha256(begun), body: Array(begun[500...])), 201)
        try connection.send(running[(2 << 20)...])
        expect(try connection.readResponse(to: "POST"), 201)
        #expect(blobs("other") == 1)
        #expect(blobs("disk") == 3)

        // And so does a restart see it.
        #expect(server.stop() == .code(0))
        try server.start()
        let again = Client(server)
        for content in [old, begun, running, new] {
            expectSame(try again.pullBlob(sha256(content), from: "a"), content)
        }
    }

    @Test func `a backend that blobs need is not given up, by a reload or a start`() throws {
        let server = try server(["disk", "other"], active: "disk")
        let client = Client(server)
        let content = randomBytes(1000)
        try client.pushBlob(content, to: "a")
        let message =
            "storage.backends lacks “disk”, and 1 blob is nowhere else: put it back, and move it before it goes: "
            + "registryd migrate --from disk --to other"
        let log = try reload(server, configuration(["other"], active: "other"))
        #expect(log.contains("not reloaded: \(message)"), "\(log)")
        // Nothing of it was taken up.
        try client.pushBlob(randomBytes(10), to: "a")
        #expect(blobs("disk") == 2)
        expectSame(try client.pullBlob(sha256(content), from: "a"), content)

        #expect(server.stop() == .code(0))
        let refused = try refusedStart(server)
        #expect(refused.exit == .code(78), "\(refused)")
        #expect(refused.errors.contains("registryd: storage.backends lacks “disk”, and 2 blobs are"), "\(refused)")
        try directory.write(configuration(["disk", "other"], active: "other"), to: "registryd.yaml")
        try server.start()
        expectSame(try Client(server).pullBlob(sha256(content), from: "a"), content)
    }

    @Test func `a backend that nothing needs goes, and others may have its folder`() throws {
        let server = try server(["disk", "other"], active: "disk")
        let client = Client(server)
        let session = try client.startUpload("a")
        let log = try reload(server, configuration(["other"], active: "other"))
        #expect(log.contains("not reloaded: storage.backends lacks “disk”, and 1 upload is under way to it"), "\(log)")
        expect(try client.delete(session), 204)
        #expect(try reload(server, configuration(["other"], active: "other")).contains("configuration reloaded"))
        let content = randomBytes(1000)
        try client.pushBlob(content, to: "a")
        #expect(blobs("other") == 1)
        // Emptied: as long as the mark is in there, it is the first one's.
        removeTree(root("disk"))
        // Its lock is on the root that went, and only on that.
        let second = try Server(configuration: configuration(["disk"], active: "disk"))
        try Client(second).pushBlob(content, to: "b")
        #expect(blobs("disk") == 1)
        let third = try runUnchecked(
            Server.built("registryd"),
            [
                "serve", "--data", directory("third"), "--listen", "127.0.0.1:0",
                "--set", "storage.backends.other={driver: fs, root: \(root("other"))}",
            ])
        #expect(third.exit == .code(69), "\(third)")
    }

    @Test func `a session on a backend that went is unknown`() throws {
        let server = try server(["disk", "other"], active: "disk")
        let session = try Client(server).append([1, 2, 3], to: Client(server).startUpload("a"))
        #expect(server.stop() == .code(0))
        try directory.write(configuration(["other"], active: "other"), to: "registryd.yaml")
        try server.start()
        let client = Client(server)
        expect(try client.get(session), 404)
        expect(try client.patch(session, body: [4]), 404, "BLOB_UPLOAD_UNKNOWN")
        expect(try client.finish(session, sha256([1, 2, 3])), 404, "BLOB_UPLOAD_UNKNOWN")
    }

    @Test func `a backend that cannot be opened, or has changed, is told, and what runs goes on`() throws {
        let server = try server(["disk"], active: "disk")
        let client = Client(server)
        let content = randomBytes(1000)
        try client.pushBlob(content, to: "a")
        try directory.write("no folder", to: "root-other")
        let failed = try reload(server, configuration(["disk", "other"], active: "other"))
        #expect(failed.contains("not reloaded: storage.backends.other: "), "\(failed)")
        try client.pushBlob(randomBytes(10), to: "a")
        #expect(blobs("disk") == 2)

        let moved = configuration(["disk"], active: "disk").replacingOccurrences(
            of: "root-disk", with: "root-elsewhere")
        let changed = try reload(server, moved)
        #expect(changed.contains("storage.backends.disk.root was changed, which takes a restart"), "\(changed)")
        expectSame(try client.pullBlob(sha256(content), from: "a"), content)
        #expect(blobs("elsewhere") == 0)
    }
}
