import Testing

/// Who did what, and from where.
@Suite final class AuditTests {
    @Test func `every failed login, change and delete leaves a line`() throws {
        let server = try Server(settings: ["access.anonymous=none", "http.trusted-proxies=[127.0.0.1]"])
        for user in ["alice", "bob"] { try server.addUser(user) }
        try server.command("repo", "create", "alice/app", "--visibility", "private")
        try server.command("repo", "visibility", "alice/app", "public")
        try server.command("repo", "grant", "alice/app", "bob", "write")
        try server.command("repo", "revoke", "alice/app", "bob")
        try server.command("token", "create", "ci", "--user", "alice", "--scope", "repository:alice/app:pull")
        try server.command("token", "revoke", "ci", "--user", "alice")
        try server.command("user", "passwd", "bob", "--password-stdin", input: "another")
        try server.command("keys", "rotate")
        let alice = Caller("alice", Client(server), basic("alice") + [("X-Forwarded-For", "203.0.113.9")])
        let (manifest, layer) = try alice.pushImage(to: "alice/app", as: "latest")
        try alice.expect(202, "DELETE", "/v2/alice/app/manifests/latest")
        try alice.expect(202, "DELETE", "/v2/alice/app/manifests/\(manifest.digest)")
        try alice.expect(202, "DELETE", "/v2/alice/app/blobs/\(sha256(layer))")
        try alice.expect(404, "DELETE", "/v2/alice/app/blobs/\(sha256(layer))")
        try Caller("x", Client(server), basic("alice", "wrong")).expect(401, "GET", "/v2/")
        try Caller("x", Client(server), bearer("not.a.token")).expect(401, "GET", "/v2/")
        try server.command("repo", "delete", "alice/app")
        try server.command("user", "remove", "bob")

        let lines = try server.audit()
        #expect(
            lines.map { $0["event"] ?? "" } == [
                "user-added", "user-added", "repository-created", "visibility-changed", "granted", "revoked",
                "token-created", "token-revoked", "password-changed", "keys-rotated", "tag-deleted", "manifest-deleted",
                "blob-deleted", "login-failed", "login-failed", "repository-deleted", "user-removed",
            ])
        #expect(lines.allSatisfy { $0["time"]?.hasSuffix("Z") == true })
        for line in lines where line["event"]?.hasSuffix("-deleted") == true && line["event"] != "repository-deleted" {
            #expect(line["actor"] == "alice" && line["origin"] == "203.0.113.9" && line["repository"] == "alice/app")
        }
        #expect(lines.filter { $0["origin"] == "command line" }.count == 12)
        #expect(lines.contains { $0["event"] == "tag-deleted" && $0["reference"] == "latest" })
        #expect(lines.contains { $0["event"] == "blob-deleted" && $0["digest"] == sha256(layer) })
    }
}
