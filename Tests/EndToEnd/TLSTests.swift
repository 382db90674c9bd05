import Foundation
import Testing

/// TLS and HTTP/2, through curl.
@Suite(.serialized)
final class TLSTests {
    let directory: TemporaryDirectory
    let server: Server
    let certificate: Certificate
    var base: String { "https://127.0.0.1:\(server.port)/v2" }

    init() throws {
        directory = try TemporaryDirectory()
        certificate = try Certificate(in: directory)
        server = try Server(
            settings: ["http.tls.certificate=\(certificate.certificate)", "http.tls.key=\(certificate.key)"])
    }

    /// Runs curl with the certificate trusted; gives the HTTP version and the status.
    @discardableResult
    private func curl(_ version: String, _ arguments: String...) throws -> String {
        let common = [
            "-sS", "--max-time", "120", "--cacert", certificate.certificate, version, "-w",
            "%{http_version} %{http_code}\n",
        ]
        let output = arguments.contains("-o") ? [] : ["-o", "/dev/null"]
        let result = try runUnchecked("curl", common + output + arguments)
        guard result.exit == .code(0) else { throw CommandFailed(result: result) }
        return result.line
    }

    @Test func `HTTP 2 is chosen by those who know it, HTTP 1.1 by others`() throws {
        #expect(try curl("--http2", "\(base)/") == "2 200")
        #expect(try curl("--http1.1", "\(base)/") == "1.1 200")
    }

    @Test(arguments: ["--http1.1", "--http2"])
    func `20 MiB go in and come out`(_ version: String) throws {
        let number = version == "--http2" ? "2" : "1.1"
        let content = randomBytes(20 << 20)
        let digest = sha256(content)
        let file = try directory.write(content, to: "content")
        let uploads = "\(base)/a/b/blobs/uploads/"
        let data = "@\(file)"
        let type = "Content-Type: application/octet-stream"
        let pushed = try curl(version, "-H", type, "--data-binary", data, "\(uploads)?digest=\(digest)")
        #expect(pushed == "\(number) 201")
        let output = directory("output")
        #expect(try curl(version, "-o", output, "\(base)/a/b/blobs/\(digest)") == "\(number) 200")
        expectSame(try contents(of: output), content)
        #expect(try curl(version, "-o", output, "-r", "1000-1999999", "\(base)/a/b/blobs/\(digest)") == "\(number) 206")
        expectSame(try contents(of: output), Array(content[1000..<2_000_000]))
        #expect(try curl(version, "-I", "\(base)/a/b/blobs/\(digest)") == "\(number) 200")

        // In two chunks, without a length the second time.
        let location = try openUpload(version, uploads)
        let half = try directory.write(Array(content[..<(10 << 20)]), to: "first")
        let rest = try directory.write(Array(content[(10 << 20)...]), to: "second")
        #expect(try curl(version, "-X", "PATCH", "-H", type, "--data-binary", "@\(half)", location) == "\(number) 202")
        let streamed = try curl(
            version, "-X", "PATCH", "-H", type, "-H", "Transfer-Encoding: chunked", "-T", rest, location)
        #expect(streamed == "\(number) 202")
        #expect(try curl(version, "-X", "PUT", adding("digest=\(digest)", to: location)) == "\(number) 201")
    }

    private func openUpload(_ version: String, _ uploads: String) throws -> String {
        let headers = directory("headers")
        try curl(version, "-X", "POST", "-D", headers, "\(uploads)")
        let lines = String(decoding: try contents(of: headers), as: UTF8.self).components(separatedBy: "\r\n")
        let line = try #require(lines.last { $0.lowercased().hasPrefix("location:") })
        let location = line.dropFirst("location:".count).trimmingCharacters(in: .whitespaces)
        return location.hasPrefix("/") ? "https://127.0.0.1:\(server.port)\(location)" : location
    }

    @Test(arguments: ["--http1.1", "--http2"])
    func `manifests and refusals are the same`(_ version: String) throws {
        let number = version == "--http2" ? "2" : "1.1"
        let index = Manifest.index([])
        let file = try directory.write(index.content, to: "index")
        let type = "Content-Type: \(index.mediaType)"
        let target = "\(base)/c/manifests/latest"
        #expect(try curl(version, "-X", "PUT", "-H", type, "--data-binary", "@\(file)", target) == "\(number) 201")
        let output = directory("output")
        #expect(try curl(version, "-o", output, target) == "\(number) 200")
        expectSame(try contents(of: output), index.content)
        #expect(try curl(version, "-H", "If-None-Match: \"\(index.digest)\"", target) == "\(number) 304")
        #expect(try curl(version, "\(base)/c/manifests/unknown") == "\(number) 404")
        #expect(try curl(version, "\(base)/C/manifests/unknown") == "\(number) 400")
        #expect(try curl(version, "-X", "DELETE", "\(base)/") == "\(number) 405")
        #expect(try curl(version, "-r", "5-", "\(base)/c/blobs/\(sha256([]))") == "\(number) 404")
    }

    @Test func `streams of one connection go on beside each other`() throws {
        let content = randomBytes(4 << 20)
        let digest = sha256(content)
        let file = try directory.write(content, to: "content")
        try curl(
            "--http2", "-H", "Content-Type: application/octet-stream", "--data-binary", "@\(file)",
            "\(base)/d/blobs/uploads/?digest=\(digest)")
        var arguments = ["-sS", "--max-time", "120", "--cacert", certificate.certificate, "--http2", "--parallel"]
        for index in 0..<12 { arguments += ["-o", directory("out\(index)"), "\(base)/d/blobs/\(digest)"] }
        let result = try runUnchecked("curl", arguments)
        #expect(result.exit == .code(0), "\(result)")
        for index in 0..<12 { expectSame(try contents(of: directory("out\(index)")), content) }
    }

    @Test func `plain HTTP is not answered`() throws {
        let connection = try HTTPConnection(port: server.port)
        try connection.expectRefusal(of: Array(HTTPConnection.head("GET", "/v2/").utf8), [400])
        #expect(try curl("--http2", "\(base)/") == "2 200")
    }

    @Test func `a connection that never begins its handshake is closed`() throws {
        let server = try Server(
            settings: [
                "http.tls.certificate=\(certificate.certificate)", "http.tls.key=\(certificate.key)",
                "limits.header-timeout=1s",
            ])
        let silent = try HTTPConnection(port: server.port)
        #expect(try silent.isClosedByServer())
    }

    @Test func `connections with nothing in flight do not hold up the end`() throws {
        // One that has not begun its handshake, and HTTP/2 ones that are kept open between two requests by curl, which waits.
        let silent = try HTTPConnection(port: server.port)
        let fifo = directory("fifo")
        try run("mkfifo", fifo)
        let waiting = try ChildProcess(
            "curl",
            [
                "-sS", "--cacert", certificate.certificate, "--http2", "-o", "/dev/null", "\(base)/", "--next", "-sS",
                "--cacert", certificate.certificate, "--http2", "-T", fifo, "\(base)/a/b/blobs/uploads/none",
            ])
        try eventually("the first request is answered") { server.log.contains("GET version") }
        let exit = server.stop(SIGTERM)
        #expect(exit == .code(0))
        #expect(!server.log.contains("still open"))
        #expect(try silent.isClosedByServer())
        waiting.kill(SIGKILL)
    }
}
