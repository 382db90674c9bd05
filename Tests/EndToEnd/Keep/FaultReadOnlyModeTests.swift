import Foundation
import Testing

/// `read-only: true`: pulls go on, nothing is written.
struct FaultReadOnlyModeTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private static let access = "access: { anonymous: push }\n"

    private func write(readOnly: Bool, _ more: String = access) throws {
        let text = "\(more)storage: { backends: { disk: { driver: fs, root: \"\(directory("blobs"))\" } } }\n"
        _ = try directory.write(text + "read-only: \(readOnly)\n", to: "registryd.yaml")
    }

    private func server(_ more: String = access) throws -> Server {
        try write(readOnly: false, more)
        let text = String(decoding: try contents(of: directory("registryd.yaml")), as: UTF8.self)
        return try Server(configuration: text, directory: directory)
    }

    @Test func `a reload turns it on and off, and every write is answered in between`() throws {
        let server = try server()
        let client = Client(server)
        let image = try client.pushImage(to: "a", as: "latest")
        let blob = randomBytes(1000)
        let digest = try client.pushBlob(blob, to: "a")
        let content = randomBytes(5000)
        let location = try client.append(Array(content[..<1000]), to: client.startUpload("a"), at: 0)
        try write(readOnly: true)
        try server.reload()

        let refused = [
            try client.post("/v2/a/blobs/uploads/"),
            try client.post("/v2/a/blobs/uploads/?digest=\(sha256([1]))", body: [1]),
            try client.post("/v2/b/blobs/uploads/?mount=\(digest)&from=a"),
            try client.patch(location, body: Array(content[1000...])),
            try client.finish(location, sha256(Array(content[..<1000]))),
            try client.delete(location),
            try client.putManifest(image, to: "a", as: "other"),
            try client.delete("/v2/a/manifests/latest"),
            try client.delete("/v2/a/manifests/\(image.digest)"),
            try client.delete("/v2/a/blobs/\(digest)"),
        ]
        for response in refused {
            expect(response, 405, "UNSUPPORTED")
            #expect(response.text.contains("this registry is read-only at the moment"), "\(response)")
            #expect(response.text.contains("read-only: true in its configuration"), "\(response)")
        }
        #expect(
            refused.map { $0["Allow"] ?? "-" } == ["", "", "", "GET", "GET", "GET"]
                + Array(repeating: "GET, HEAD", count: 4))

        expect(try client.get("/v2/"), 200)
        expect(try client.get("/v2/_catalog"), 200)
        expect(try client.get("/v2/a/referrers/\(image.digest)"), 200)
        #expect(try client.get(location)["Range"] == "0-999")
        #expect(try client.get("/v2/a/tags/list").decode(TagList.self).tags == ["latest"])
        expectSame(try client.get("/v2/a/manifests/latest").body, image.content)
        expectSame(try client.pullBlob(digest, from: "a"), blob)

        try write(readOnly: false)
        try server.reload()
        expect(try client.patch(location, body: Array(content[1000...])), 202)
        expect(try client.finish(location, sha256(content)), 201)
        expect(try client.delete("/v2/a/blobs/\(digest)"), 202)
        try client.pushManifest(image, to: "a", as: "other")
    }

    @Test func `who may not write is told what they always were`() throws {
        let server = try server("access: { anonymous: none }\n")
        for user in ["alice", "bob"] { try server.addUser(user) }
        let client = Client(server)
        let (alice, bob) = (Caller("alice", client, basic("alice")), Caller("bob", client, basic("bob")))
        try server.command("repo", "create", "alice/private", "--visibility", "private")
        let digest = try alice.pushBlob([1, 2, 3], to: "alice/private")
        try write(readOnly: true, "access: { anonymous: none }\n")
        try server.reload()

        for repository in ["alice/private", "alice/missing"] {
            let target = "/v2/\(repository)/blobs/uploads/"
            try Caller("nobody", client).expect(401, "POST", target)
            try bob.expect(403, "POST", target)
            try alice.expect(405, "POST", target)
            try bob.expect(404, "GET", "/v2/\(repository)/blobs/\(digest)")
            try bob.expect(403, "DELETE", "/v2/\(repository)/blobs/\(digest)")
        }
        let wanted = ["repository:alice/private:pull,push"]
        let token = try client.token(wanted, basic("alice")).token
        expect(try client.get("/v2/alice/private/blobs/\(digest)", bearer(token)), 200)
        expect(try client.post("/v2/alice/private/blobs/uploads/", bearer(token)), 405, "UNSUPPORTED")
    }

    @Test func `an upload that is under way when it begins ends without its blob, and may go on afterwards`() throws {
        let server = try server()
        let client = Client(server)
        let content = randomBytes(300_000)
        let target = adding("digest=\(sha256(content))", to: try client.startUpload("a"))
        let connection = try HTTPConnection(port: server.port)
        try connection.sendHead("PUT", target, [("Content-Length", "\(content.count)"), ("Expect", "100-continue")])
        expect(try connection.readHead(), 100)
        try write(readOnly: true)
        try server.reload()
        try connection.send(content)
        expect(try connection.readResponse(to: "PUT"), 405, "UNSUPPORTED")
        #expect(try client.pullBlob(sha256(content), from: "a") == nil)
        try write(readOnly: false)
        try server.reload()
        // What had come was kept.
        expect(try client.put(target), 201)
        expectSame(try client.pullBlob(sha256(content), from: "a"), content)
    }

    @Test func `skopeo pulls, and says why it does not push`() throws {
        let server = try server()
        let image = try ImageLayout(in: directory, name: "image", tag: "v1", platforms: ["amd64"], layers: 2)
        let environment = ["HOME": directory.path, "XDG_RUNTIME_DIR": directory("run")]
        func skopeo(_ arguments: String...) throws -> ProcessResult {
            try runUnchecked("skopeo", ["--insecure-policy"] + arguments, environment: environment)
        }
        let remote = "docker://\(server.address)/a/b"
        let pushed = try skopeo("copy", "--dest-tls-verify=false", "oci:\(image.path):v1", "\(remote):v1")
        #expect(pushed.exit == .code(0), "\(pushed)")
        try write(readOnly: true)
        try server.reload()
        let pulled = try skopeo("copy", "--src-tls-verify=false", "\(remote):v1", "oci:\(directory("back")):v1")
        #expect(pulled.exit == .code(0), "\(pulled)")
        #expect(files(below: directory("back/blobs/sha256")) == image.blobs)
        let other = try ImageLayout(in: directory, name: "other", tag: "v1", platforms: ["amd64"], layers: 2)
        let refused = try skopeo("copy", "--dest-tls-verify=false", "oci:\(other.path):v1", "\(remote):v2")
        #expect(refused.exit != .code(0))
        #expect(refused.errors.contains("read-only at the moment"), "\(refused)")
    }
}
