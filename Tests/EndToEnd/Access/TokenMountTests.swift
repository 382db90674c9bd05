import Testing

/// A token that says nothing of a repository mounts nothing from it, though its user might.
@Suite final class TokenMountTests {
    let server: Server
    let alice: Caller
    let digest: String

    init() throws {
        server = try Server(settings: ["access.anonymous=none"])
        try server.addUser("alice")
        alice = Caller("alice", Client(server), basic("alice"))
        try server.command("repo", "create", "alice/private", "--visibility", "private")
        let (_, layer) = try alice.pushImage(to: "alice/private", as: "latest")
        digest = sha256(layer)
    }

    private func refuses(_ caller: Caller) throws {
        for query in ["mount=\(digest)&from=alice/private", "mount=\(digest)"] {
            // An upload session, as where there is nothing to mount.
            let response = try caller.expect(202, "POST", "/v2/alice/app/blobs/uploads/?\(query)")
            #expect(response.location?.hasPrefix("/v2/alice/app/blobs/uploads/") == true)
            for reader in [caller, alice] { try reader.expect(404, "GET", "/v2/alice/app/blobs/\(digest)") }
        }
    }

    private func mounts(_ caller: Caller) throws {
        for query in ["mount=\(digest)&from=alice/private", "mount=\(digest)"] {
            try caller.expect(201, "POST", "/v2/alice/app/blobs/uploads/?\(query)")
            try alice.expect(202, "DELETE", "/v2/alice/app/blobs/\(digest)")
        }
    }

    @Test func `a robot's`() throws {
        func robot(_ name: String, _ scopes: String...) throws -> Caller {
            let arguments = ["token", "create", name, "--user", "alice"] + scopes.flatMap { ["--scope", $0] }
            let result = try server.uncheckedCommand(arguments, input: "")
            guard result.exit == .code(0) else { throw CommandFailed(result: result) }
            return Caller(name, Client(server), basic("alice", result.line))
        }
        try server.command("repo", "create", "alice/app")
        try refuses(robot("target", "repository:alice/app:pull,push"))
        // To push is not to read.
        try refuses(robot("push", "repository:alice/app:pull,push", "repository:alice/private:push"))
        try mounts(robot("both", "repository:alice/app:pull,push", "repository:alice/private:pull"))
    }

    @Test func `a bearer's`() throws {
        func holder(_ scopes: String...) throws -> Caller {
            Caller("bearer", Client(server), bearer(try Client(server).token(scopes, basic("alice")).token))
        }
        try server.command("repo", "create", "alice/app")
        try refuses(holder("repository:alice/app:pull,push"))
        try refuses(holder("repository:alice/app:pull,push", "repository:alice/private:push"))
        try mounts(holder("repository:alice/app:pull,push", "repository:alice/private:pull"))
    }
}
