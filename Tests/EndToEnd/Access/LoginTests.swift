import Foundation
import Testing

/// People's clients log in, push, pull and log out: with tokens, and with Basic alone.
@Suite(.serialized)
final class LoginTests {
    private let directory: TemporaryDirectory
    private var storage: [String] {
        ["--root", directory("storage"), "--runroot", directory("run"), "--storage-driver", "vfs"]
    }

    init() throws {
        directory = try TemporaryDirectory()
        let policy = "{\"default\":[{\"type\":\"insecureAcceptAnything\"}]}"
        _ = try directory.write(policy, to: "home/.config/containers/policy.json")
        _ = try directory.write("{}", to: "auth.json")
    }

    private func attempt(_ program: String, _ arguments: [String]) throws -> ProcessResult {
        let environment = [
            "HOME": directory("home"), "XDG_RUNTIME_DIR": directory("run"), "TMPDIR": directory.path,
            "BUILDAH_ISOLATION": "chroot", "REGISTRY_AUTH_FILE": directory("auth.json"),
        ]
        return try runUnchecked(program, arguments, environment: environment)
    }

    @discardableResult
    private func podman(_ arguments: String...) throws -> String {
        let result = try attempt("podman", storage + arguments)
        guard result.exit == .code(0) else { throw CommandFailed(result: result) }
        return result.line
    }

    private func server(tokens: Bool) throws -> Server {
        let server = try Server(settings: ["access={anonymous: none, tokens: {enabled: \(tokens)}}"])
        for user in ["alice", "bob"] { try server.addUser(user) }
        return server
    }

    @Test(arguments: [true, false])
    func `podman logs in, pushes, pulls and logs out`(tokens: Bool) throws {
        let server = try server(tokens: tokens)
        let container = try #require(
            attempt("buildah", storage + ["from", "scratch"]).output.split(separator: "\n").last.map(String.init))
        let file = try directory.write("hello", to: "hello")
        for arguments in [["copy", container, file, "/hello"], ["commit", container, "localhost/hello:1"]] {
            let result = try attempt("buildah", storage + arguments)
            guard result.exit == .code(0) else { throw CommandFailed(result: result) }
        }
        let remote = "\(server.address)/alice/hello:1"
        #expect(throws: CommandFailed.self) { try podman("push", "--tls-verify=false", "localhost/hello:1", remote) }
        #expect(throws: CommandFailed.self) {
            try podman("login", "--tls-verify=false", "-u", "alice", "-p", "wrong", server.address)
        }
        let said = try podman("login", "--tls-verify=false", "-u", "alice", "-p", password("alice"), server.address)
        #expect(said == "Login Succeeded!")
        try podman("push", "--tls-verify=false", "localhost/hello:1", remote)
        try server.command("repo", "visibility", "alice/hello", "private")
        try podman("rmi", "--all", "--force")
        try podman("pull", "--tls-verify=false", remote)
        try podman("logout", server.address)
        try podman("rmi", "--all", "--force")
        #expect(throws: CommandFailed.self) { try podman("pull", "--tls-verify=false", remote) }
        // Somebody else, who may log in, but not pull that.
        try podman("login", "--tls-verify=false", "-u", "bob", "-p", password("bob"), server.address)
        #expect(throws: CommandFailed.self) { try podman("pull", "--tls-verify=false", remote) }
        try server.command("repo", "grant", "alice/hello", "bob", "read")
        try podman("pull", "--tls-verify=false", remote)
    }

    @Test(arguments: [true, false])
    func `skopeo copies with credentials, and with a robot's token`(tokens: Bool) throws {
        let server = try server(tokens: tokens)
        let image = try ImageLayout(in: directory, name: "image", tag: "v1", platforms: ["amd64", "arm64"], layers: 3)
        func skopeo(_ arguments: String...) throws {
            let result = try attempt("skopeo", ["--insecure-policy"] + arguments)
            guard result.exit == .code(0) else { throw CommandFailed(result: result) }
        }
        let remote = "docker://\(server.address)/alice/image:v1"
        let credentials = "alice:\(password("alice"))"
        let source = "oci:\(image.path):v1"
        #expect(throws: CommandFailed.self) { try skopeo("copy", "--all", "--dest-tls-verify=false", source, remote) }
        try skopeo("copy", "--all", "--dest-tls-verify=false", "--dest-creds", credentials, source, remote)
        let robot = try server.command(
            "token", "create", "ci", "--user", "alice", "--scope", "repository:alice/image:pull", "--expires", "1h")
        let back = "oci:\(directory("back")):v1"
        try skopeo("copy", "--all", "--src-tls-verify=false", "--src-creds", "alice:\(robot)", remote, back)
        #expect(files(below: directory("back/blobs/sha256")) == image.blobs)
        #expect(throws: CommandFailed.self) {
            try skopeo(
                "copy", "--all", "--dest-tls-verify=false", "--dest-creds", "alice:\(robot)", source, remote + "x")
        }
        // From one private repository into another: layers are mounted.
        try server.command("repo", "visibility", "alice/image", "private")
        try skopeo(
            "copy", "--all", "--src-tls-verify=false", "--dest-tls-verify=false", "--src-creds", credentials,
            "--dest-creds", credentials, remote, "docker://\(server.address)/alice/copy:v1")
        try skopeo("delete", "--tls-verify=false", "--creds", credentials, remote)
        #expect(throws: CommandFailed.self) {
            try skopeo("inspect", "--tls-verify=false", "--creds", credentials, remote)
        }
    }

    @Test func `where everybody may pull, clients pull without logging in, and push after`() throws {
        let server = try Server(settings: ["access.anonymous=pull"])
        try server.addUser("alice")
        let image = try ImageLayout(in: directory, name: "image", tag: "v1", platforms: ["amd64"], layers: 2)
        let remote = "docker://\(server.address)/alice/image:v1"
        func skopeo(_ arguments: String...) throws -> ProcessResult {
            try attempt("skopeo", ["--insecure-policy"] + arguments)
        }
        let source = "oci:\(image.path):v1"
        let pushed = try skopeo(
            "copy", "--dest-tls-verify=false", "--dest-creds", "alice:\(password("alice"))", source, remote)
        #expect(pushed.exit == .code(0), "\(pushed)")
        let pulled = try skopeo("copy", "--src-tls-verify=false", remote, "oci:\(directory("back")):v1")
        #expect(pulled.exit == .code(0), "\(pulled)")
        #expect(try skopeo("copy", "--dest-tls-verify=false", source, remote + "x").exit != .code(0))
    }
}
