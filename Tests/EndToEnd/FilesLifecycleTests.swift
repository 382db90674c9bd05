import Foundation
import Testing

/// The folder that blobs are in: lost, and in use by somebody else.
struct FilesLifecycleTests {
    @Test func `without its folder a server lives on, but is not ready`() throws {
        let server = try Server(settings: ["http.admin-listen=127.0.0.1:0"], listeners: 2)
        let admin = Client(port: server.ports[1])
        expect(try admin.get("/readyz"), 200)
        let away = server.directory("away")
        try FileManager.default.moveItem(atPath: server.data + "/blobs", toPath: away)
        try eventually("that it is not ready") { try admin.get("/readyz").status == 503 }
        expect(try admin.get("/healthz"), 200)
        try FileManager.default.moveItem(atPath: away, toPath: server.data + "/blobs")
        try eventually("that it is ready again") { try admin.get("/readyz").status == 200 }
    }

    @Test func `a second server on the same root is refused, whatever its data folder`() throws {
        let server = try Server()
        let root = "\(server.data)/blobs"
        let second = try runUnchecked(
            Server.built("registryd"),
            [
                "serve", "--data", server.directory("other"), "--listen", "127.0.0.1:0", "--set",
                "storage.backends.disk={driver: fs, root: \(root)}",
            ])
        #expect(second.exit == .code(69), "\(second)")
        #expect(second.errors.contains(root) && second.errors.contains("storage.backends.disk"), "\(second)")
        expect(try Client(server).get("/v2/"), 200)
    }

    @Test func `two backends on one root are refused`() throws {
        let directory = try TemporaryDirectory()
        let section = "{driver: fs, root: \(directory("root"))}"
        let result = try runUnchecked(
            Server.built("registryd"),
            [
                "serve", "--data", directory("data"), "--listen", "127.0.0.1:0", "--set",
                "storage={active: a, backends: {a: \(section), b: \(section)}}",
            ])
        #expect(result.exit == .code(69), "\(result)")
        #expect(result.errors.contains("storage.backends.b"), "\(result)")
    }
}
