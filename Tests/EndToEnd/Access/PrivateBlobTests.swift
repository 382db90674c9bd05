import S3Servers
import Testing

/// The bytes of a private blob cannot be had through any other repository, nor by any other way.
@Suite final class PrivateBlobTests {
    let server: Server
    /// Owns the private repository; and somebody who may not read it, but has one of their own.
    let alice: Caller
    let mallory: Caller
    let manifest: Manifest
    let layer: [UInt8]
    var digest: String { sha256(layer) }

    init() throws {
        server = try Server(settings: ["access.anonymous=none"])
        for user in ["alice", "mallory"] { try server.addUser(user) }
        alice = Caller("alice", Client(server), basic("alice"))
        mallory = Caller("mallory", Client(server), basic("mallory"))
        try server.command("repo", "create", "alice/private", "--visibility", "private")
        (manifest, layer) = try alice.pushImage(to: "alice/private", as: "latest")
        try mallory.pushImage(to: "mallory/own", as: "latest")
    }

    @Test func `not by digest, in one's own repository or in theirs`() throws {
        for method in ["GET", "HEAD"] {
            try mallory.expect(404, method, "/v2/mallory/own/blobs/\(digest)")
            try mallory.expect(404, method, "/v2/alice/private/blobs/\(digest)")
            try mallory.expect(404, method, "/v2/mallory/own/manifests/\(manifest.digest)")
        }
        try alice.expect(200, "GET", "/v2/alice/private/blobs/\(digest)")
    }

    @Test(arguments: ["bytes=0-0", "bytes=0-1,5-6", "bytes=-1", "bytes=99999-"])
    func `not by Range`(_ range: String) throws {
        for repository in ["mallory/own", "alice/private"] {
            try mallory.expect(404, "GET", "/v2/\(repository)/blobs/\(digest)", [("Range", range)])
        }
    }

    @Test func `not by a mount, with a source or without`() throws {
        for query in ["mount=\(digest)&from=alice/private", "mount=\(digest)"] {
            // As for a blob that does not exist: an upload session.
            try mallory.expect(202, "POST", "/v2/mallory/own/blobs/uploads/?\(query)")
            try mallory.expect(404, "GET", "/v2/mallory/own/blobs/\(digest)")
        }
        // Who may read it may mount it, and then the other may not read that either.
        try alice.expect(201, "POST", "/v2/alice/copy/blobs/uploads/?mount=\(digest)")
        try mallory.expect(200, "GET", "/v2/alice/copy/blobs/\(digest)")
        try server.command("repo", "visibility", "alice/copy", "private")
        try mallory.expect(404, "GET", "/v2/alice/copy/blobs/\(digest)")
    }

    @Test func `not by naming it in a manifest`() throws {
        let stolen = Manifest.image(layers: [layer])
        func push() throws -> HTTPResponse {
            try mallory.request(
                "PUT", "/v2/mallory/own/manifests/stolen", [("Content-Type", stolen.mediaType)], body: stolen.content)
        }
        let response = try push()
        #expect(response.errors.map(\.code) == ["MANIFEST_BLOB_UNKNOWN"])
        #expect(response.errors.map(\.detail) == [digest])
        // Word by word as for a blob that is nowhere.
        let nowhere = Manifest.image(layers: [randomBytes(1000)])
        let other = try mallory.request(
            "PUT", "/v2/mallory/own/manifests/stolen", [("Content-Type", nowhere.mediaType)], body: nowhere.content)
        #expect(other.status == response.status && other.errors.first?.message == response.errors.first?.message)

        // An index of its manifest, and an artifact about it, show nothing either.
        let index = Manifest.index([manifest])
        let refused = try mallory.request(
            "PUT", "/v2/mallory/own/manifests/index", [("Content-Type", index.mediaType)], body: index.content)
        #expect(refused.errors.map(\.code) == ["MANIFEST_BLOB_UNKNOWN"])
        let about = Manifest.index([], subject: manifest.descriptor)
        try mallory.pushManifest(about, to: "mallory/own", as: "about")
        try mallory.expect(404, "GET", "/v2/mallory/own/manifests/\(manifest.digest)")
        let referrers = try mallory.expect(200, "GET", "/v2/alice/private/referrers/\(manifest.digest)")
        #expect(referrers.text.contains("\"manifests\":[]"))
    }

    @Test func `not by what refers to it`() throws {
        let about = Manifest.index([], subject: manifest.descriptor)
        try alice.pushManifest(about, to: "alice/private", as: "about")
        func referrers(_ caller: Caller) throws -> [String]? {
            let answer = try caller.expect(200, "GET", "/v2/alice/private/referrers/\(manifest.digest)")
            return try answer.decode(ManifestDocument.self).manifests?.map(\.digest)
        }
        #expect(try referrers(alice) == [about.digest])
        #expect(try referrers(mallory) == [])
        try mallory.expect(404, "GET", "/v2/alice/private/manifests/\(about.digest)")
        try server.command("repo", "visibility", "alice/private", "public")
        #expect(try referrers(mallory) == [about.digest])
    }

    @Test func `not by the id of an upload session`() throws {
        try server.command("repo", "create", "alice/shared", "--visibility", "public")
        try server.command("repo", "grant", "alice/shared", "mallory", "write")
        let location = try alice.startUpload("alice/shared")
        try alice.expect(202, "PATCH", location, body: layer)
        // Who may write there may still not go on with somebody else's session, look at it, or end it.
        for (method, target) in [
            ("GET", location), ("PATCH", location), ("DELETE", location),
            ("PUT", adding("digest=\(digest)", to: location)),
        ] {
            let response = try mallory.expect(404, method, target)
            #expect(response.errors.map(\.code) == ["BLOB_UPLOAD_UNKNOWN"])
        }
        let elsewhere = location.replacing("alice/shared", with: "mallory/own")
        try mallory.expect(404, "GET", elsewhere)
        try alice.expect(201, "PUT", adding("digest=\(digest)", to: location))
    }

    @Test func `who pushes the same bytes has shown that they have them`() throws {
        try mallory.pushBlob(layer, to: "mallory/own")
        try mallory.expect(200, "GET", "/v2/mallory/own/blobs/\(digest)")
        try mallory.expect(404, "GET", "/v2/alice/private/blobs/\(digest)")
    }

    @Test func `answers for private repositories are not for caches that others use`() throws {
        for target in ["blobs/\(digest)", "manifests/latest", "tags/list", "referrers/\(manifest.digest)"] {
            let answer = try alice.expect(200, "GET", "/v2/alice/private/\(target)")
            #expect(answer["Cache-Control"]?.hasPrefix("private") == true, "\(answer)")
            #expect(answer["X-Content-Type-Options"] == "nosniff")
            let refused = try mallory.request("GET", "/v2/alice/private/\(target)")
            #expect(refused["Cache-Control"]?.hasPrefix("private") == true, "\(refused)")
        }
        let open = try mallory.expect(200, "GET", "/v2/mallory/own/manifests/latest")
        #expect(open["Cache-Control"] == nil)
    }

    @Test func `the catalog shows what one may read`() throws {
        func catalog(_ caller: Caller) throws -> String { try caller.expect(200, "GET", "/v2/_catalog").text }
        #expect(try catalog(alice) == #"{"repositories":["alice/private","mallory/own"]}"#)
        #expect(try catalog(mallory) == #"{"repositories":["mallory/own"]}"#)
        try server.command("repo", "grant", "alice/*", "mallory", "read")
        #expect(try catalog(mallory) == #"{"repositories":["alice/private","mallory/own"]}"#)
        try mallory.expect(200, "GET", "/v2/alice/private/blobs/\(digest)")
        try server.command("repo", "revoke", "alice/*", "mallory")
        #expect(try catalog(mallory) == #"{"repositories":["mallory/own"]}"#)
    }

    @Test func `not by a redirect's URL once it is over`() async throws {
        let bucket = S3Bucket(try await StorageServer.ceph.value)
        let layer = layer
        try await blocking {
            let server = try Server(
                settings: ["access.anonymous=none"],
                configuration: bucket.configuration(["redirect": "{ enabled: true, expires: 1s }"]))
            try server.addUser("alice")
            let alice = Caller("alice", Client(server), basic("alice"))
            let digest = try alice.pushBlob(layer, to: "alice/private")
            let location = try #require(
                alice.expect(307, "GET", "/v2/alice/private/blobs/\(digest)")["Location"])
            try eventually("that the URL is over") {
                try runUnchecked("curl", ["-sf", "--noproxy", "*", "-o", "/dev/null", location]).exit != .code(0)
            }
            let over = try run("curl", "-s", "--noproxy", "*", "-o", "/dev/null", "-w", "%{http_code}", location)
            #expect(over.line == "403")
            try Caller("nobody", Client(server)).expect(401, "GET", "/v2/alice/private/blobs/\(digest)")
        }
    }
}
