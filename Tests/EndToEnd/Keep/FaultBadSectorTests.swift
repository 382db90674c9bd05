import Foundation
import Testing

/// A disk that cannot read a sector in the middle of a blob's file.
@Suite(.serialized)
struct FaultBadSectorTests {
    private let disk: PreloadedDisk
    private let directory: TemporaryDirectory
    private let certificate: Certificate

    init() throws {
        disk = try PreloadedDisk()
        directory = try TemporaryDirectory()
        certificate = try Certificate(in: directory)
    }

    private func server(tls: Bool) throws -> Server {
        let keys = ["http.tls.certificate=\(certificate.certificate)", "http.tls.key=\(certificate.key)"]
        let root = directory("root")
        return try Server(
            settings: ["http.admin-listen=127.0.0.1:0"] + (tls ? keys : []), listeners: 2,
            configuration: "storage: { active: disk, backends: { disk: { driver: fs, root: \"\(root)\" } } }\n",
            environment: disk.environment(["DISK_UNDER": "\(root)/blobs/", "DISK_BAD": disk.armed]),
            directory: directory)
    }

    private func curl(_ arguments: [String]) throws -> ProcessResult {
        let common = ["-sS", "--max-time", "120", "--cacert", certificate.certificate, "-w", "%{http_code}\n"]
        return try runUnchecked("curl", common + arguments)
    }

    private func readiness(_ server: Server) throws -> String { try Client(port: server.ports[1]).get("/readyz").text }

    /// Different ways out of a file: sendfile, buffers, and what goes out with the head.
    @Test(arguments: [
        ["--http1.1"], ["--http1.1", "-r", "1000000-3000000"], ["--http1.1", "-r", "1572000-1580000"],
        ["--http1.1", "-r", "0-9,1500000-1600000"], ["--http1.1", "https"], ["--http2", "https"],
    ])
    func `an answer is cut there, and the blob is known to be damaged from then on`(_ way: [String]) throws {
        let isTLS = way.last == "https"
        let options = way.filter { $0 != "https" }
        let server = try server(tls: isTLS)
        let content = randomBytes(4 << 20)
        let digest = sha256(content)
        let (file, output) = (try directory.write(content, to: "content"), directory("output"))
        let base = "\(isTLS ? "https" : "http")://127.0.0.1:\(server.port)/v2/a/blobs"
        let push = [
            "-o", "/dev/null", "-H", "Content-Type: application/octet-stream", "--data-binary", "@\(file)",
            "\(base)/uploads/?digest=\(digest)",
        ]
        #expect(try curl(push).line == "201")
        #expect(try curl(options + ["-o", output, "\(base)/\(digest)"]).exit == .code(0))

        try disk.create(disk.armed)
        let cut = try curl(options + ["-o", output, "\(base)/\(digest)"])
        #expect(cut.exit != .code(0), "\(cut)")
        try eventually("that it is noted") {
            try readiness(server) == "ready; 1 blob on disk is damaged: registryd scrub\n"
        }
        #expect(try curl(options + ["-o", output, "\(base)/\(digest)"]).line == "500")
        #expect(try curl(["-I", "-o", "/dev/null", "\(base)/\(digest)"]).line == "404")
        // Elsewhere on the disk, or on another, there is room for it.
        try disk.remove(disk.armed)
        #expect(try curl(push).line == "201")
        #expect(try readiness(server) == "ready\n")
        #expect(try curl(["-o", output, "\(base)/\(digest)"]).line == "200")
        expectSame(try contents(of: output), content)
    }
}
