import Testing

/// An image built by buildah, pushed and pulled by podman, and run out of its file system.
@Suite(.serialized)
final class PodmanTests {
    private let directory: TemporaryDirectory
    private let server: Server
    /// Containers' storage of this test alone, away from the machine's own.
    private var storage: [String] {
        ["--root", directory("storage"), "--runroot", directory("run"), "--storage-driver", "vfs"]
    }

    init() throws {
        directory = try TemporaryDirectory()
        server = try Server.shared()
        let policy = "{\"default\":[{\"type\":\"insecureAcceptAnything\"}]}"
        _ = try directory.write(policy, to: "home/.config/containers/policy.json")
    }

    deinit {
        // What is mounted cannot be removed.
        _ = try? podman("image", "unmount", "--all")
    }

    @discardableResult
    private func containers(_ program: String, _ arguments: [String]) throws -> String {
        let environment = [
            "HOME": directory("home"), "XDG_RUNTIME_DIR": directory("run"), "TMPDIR": directory.path,
            "BUILDAH_ISOLATION": "chroot",
        ]
        let result = try runUnchecked(program, storage + arguments, environment: environment)
        guard result.exit == .code(0) else { throw CommandFailed(result: result) }
        return result.line
    }

    @discardableResult
    private func podman(_ arguments: String...) throws -> String { try containers("podman", arguments) }

    @discardableResult
    private func buildah(_ arguments: String...) throws -> String { try containers("buildah", arguments) }

    @Test func `an image built from scratch is pushed, removed, pulled, and runs`() throws {
        let source = try directory.write(
            "#include <unistd.h>\nint main(void) { return write(1, \"hello from the image\\n\", 21) != 21; }\n",
            to: "hello.c")
        try run("cc", "-static", "-Os", "-o", directory("hello"), source)
        try directory.write(randomBytes(5_000_000), to: "data")

        let container = try buildah("from", "scratch")
        try buildah("copy", container, directory("hello"), "/bin/hello")
        try buildah("config", "--cmd", "/bin/hello", container)
        try buildah("commit", container, "localhost/hello:base")
        try buildah("rm", container)
        let second = try buildah("from", "localhost/hello:base")
        try buildah("copy", second, directory("data"), "/data")
        try buildah("commit", second, "localhost/hello:1")
        try buildah("rm", second)

        let remote = "\(server.address)/\(uniqueRepository("podman")):1"
        let id = try podman("image", "inspect", "--format", "{{.Id}}", "localhost/hello:1")
        try podman("push", "--tls-verify=false", "localhost/hello:1", remote)
        try podman("rmi", "--all", "--force")
        #expect(try podman("images", "--quiet").isEmpty)
        try podman("pull", "--tls-verify=false", remote)
        #expect(try podman("image", "inspect", "--format", "{{.Id}}", remote) == id)

        let mounted = try podman("image", "mount", remote)
        #expect(try run("\(mounted)/bin/hello").output == "hello from the image\n")
        expectSame(try contents(of: "\(mounted)/data"), try contents(of: directory("data")))
    }
}
