import Foundation
import Glibc
import S3Servers
import Testing

/// What whoever starts a registry on S3, or asks its doctor, gets to read; and what the program's status says.
struct S3StartTests {
    struct Mistake: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var change: [String: String]
        var message: String
        var advice: String

        init(_ name: String, _ change: [String: String], _ message: String, _ advice: String) {
            testDescription = name
            self.change = change
            self.message = message
            self.advice = advice
        }
    }

    private static let mistakes = [
        Mistake(
            "wrong secret", ["secret-access-key": "wrong"], "the secret is not this access key's",
            "correct `secret-access-key`"),
        Mistake(
            "unknown key", ["access-key-id": "AKIANOBODY"], "the server does not know this access key",
            "correct `access-key-id`"),
        Mistake(
            "no bucket", ["bucket": "missing"], "there is no such bucket",
            "create it, or correct `bucket` and `endpoint`"),
    ]

    private func registryd(_ arguments: [String], _ configuration: String, _ directory: TemporaryDirectory) throws
        -> ProcessResult
    {
        let file = try directory.write(configuration, to: "registryd.yaml")
        let all = arguments + ["--config", file, "--data", directory("data")]
        return try runUnchecked(Server.built("registryd"), all, limit: .seconds(120))
    }

    @Test(arguments: mistakes)
    func `a configuration that the server refuses ends the start`(_ mistake: Mistake) async throws {
        let bucket = S3Bucket(try await StorageServer.rclone.value)
        try await blocking {
            let directory = try TemporaryDirectory()
            for command in [["serve", "--listen", "127.0.0.1:0"], ["doctor"]] {
                let result = try registryd(command, bucket.configuration(mistake.change), directory)
                #expect(result.exit == .code(78), "\(result)")
                #expect(result.errors.contains("storage.backends.s3: "), "\(result)")
                for words in [mistake.message, mistake.advice] { #expect(result.errors.contains(words), "\(result)") }
            }
        }
    }

    @Test func `a server that is none ends the start`() async throws {
        let bucket = S3Bucket(try await StorageServer.rclone.value)
        try await blocking {
            // A registry speaks HTTP, and is no S3 server.
            let other = try Server()
            let configuration = bucket.configuration(endpoint: "http://\(other.address)")
            let directory = try TemporaryDirectory()
            for command in [["serve", "--listen", "127.0.0.1:0"], ["doctor"]] {
                let result = try registryd(command, configuration, directory)
                #expect(result.exit == .code(78), "\(result)")
                #expect(result.errors.contains("what answers is not an S3 server"), "\(result)")
            }
        }
    }

    /// After a power cut they start together.
    @Test func `a server that is not up yet is waited for while the registry serves`() async throws {
        let bucket = S3Bucket(try await StorageServer.rclone.value)
        try await blocking {
            let proxy = try FaultProxy(to: bucket.port)
            proxy.inject(Fault(operation: nil, turns: 0..<Int.max, action: .refuse(milliseconds: nil)))
            let configuration = bucket.configuration(endpoint: proxy.endpoint, ["request-timeout": "1s"])

            let directory = try TemporaryDirectory()
            let doctor = try registryd(["doctor"], configuration, directory)
            #expect(doctor.exit == .code(69), "\(doctor)")
            #expect(doctor.errors.contains("the S3 server cannot be reached"), "\(doctor)")

            let server = try Server(
                settings: ["http.admin-listen=127.0.0.1:0"], listeners: 2, configuration: configuration)
            #expect(server.log.contains("the S3 server cannot be reached"), "\(server.log)")
            let (client, admin) = (Client(server), Client(port: server.ports[1]))
            expect(try admin.get("/healthz"), 200)
            expect(try admin.get("/readyz"), 503)
            let content = randomBytes(1000)
            let refused = try client.finish(client.startUpload("early/bird"), sha256(content), body: content)
            expect(refused, 503)
            #expect(refused.headers["Retry-After"] != nil)

            proxy.clear()
            try eventually("that it is ready") { try admin.get("/readyz").status == 200 }
            let digest = try client.pushBlob(content, to: "early/bird")
            #expect(try client.pullBlob(digest, from: "early/bird") == content)
        }
    }

    @Test func `a bucket that turns out to be another's once the server is up is not used`() async throws {
        let bucket = S3Bucket(try await StorageServer.rclone.value)
        try await blocking {
            let owner = try KeptRegistry(bucket.configuration())
            let own = try owner.serve(settings: ["gc.interval=never"])
            let images = try own.pushImages(1, to: "kept/app")
            let all = try bucket.objects(below: "")

            // Its own bucket's prefix, then the owner's, by mistake and while the server is away.
            let other = S3Bucket(bucket.server)
            let registry = try KeptRegistry(other.configuration())
            let first = try registry.serve()
            let client = Client(first)
            let content = randomBytes(1000)
            let digest = try client.pushBlob(content, to: "mine/app")
            #expect(first.stop() == .code(0))
            let proxy = try FaultProxy(to: bucket.port)
            proxy.inject(Fault(operation: nil, turns: 0..<Int.max, action: .refuse(milliseconds: nil)))
            _ = try registry.directory.write(
                bucket.configuration(endpoint: proxy.endpoint, ["request-timeout": "1s"]), to: "registryd.yaml")
            let server = try registry.serve(settings: ["http.admin-listen=127.0.0.1:0"], listeners: 2)
            let (mine, admin) = (Client(server), Client(port: server.ports[1]))
            proxy.clear()
            try eventually("that it is said; the log: \(server.log)") {
                server.log.contains("backend “s3” is another storage now")
            }
            expect(try admin.get("/readyz"), 503)
            for _ in 0..<3 { expect(try mine.get("/v2/mine/app/blobs/\(digest)"), 503) }
            let more = randomBytes(1000)
            expect(try mine.finish(mine.startUpload("mine/app"), sha256(more), body: more), 503)
            #expect(server.stop() == .code(0))
            #expect(try bucket.objects(below: "") == all)
            try own.check(images)

            // Nothing was noted as damaged.
            _ = try registry.directory.write(other.configuration(), to: "registryd.yaml")
            let again = try registry.serve()
            #expect(try Client(again).pullBlob(digest, from: "mine/app") == content)
        }
    }

    @Test func `the doctor looks while the server serves, and leaves nothing`() async throws {
        let bucket = S3Bucket(try await StorageServer.rclone.value)
        try await blocking {
            let server = try Server(configuration: bucket.configuration())
            let file = server.directory("registryd.yaml")
            let doctor = ["doctor", "--config", file, "--data", server.data]
            let table = try runUnchecked(Server.built("registryd"), doctor)
            #expect(table.exit == .code(0), "\(table)")
            for words in [
                "s3 (driver s3): new blobs go here", "range", "200 instead of 206", "conditional put",
                "objects are overwritten", "everything that registryd needs works",
            ] { #expect(table.output.contains(words), "\(table)") }
            let json = try runUnchecked(Server.built("registryd"), doctor + ["--json"])
            let report = try JSONDecoder().decode(Report.self, from: Data(json.output.utf8))
            #expect(report.ok && report.backends.map(\.name) == ["s3"])
            #expect(report.backends.flatMap(\.findings).contains { $0.probe == "put" && $0.verdict == "ok" })
            #expect(try bucket.objects().isEmpty)
            #expect(try bucket.uploads().isEmpty)
        }
    }

    @Test func `a doctor that is interrupted takes away what it brought`() async throws {
        let bucket = S3Bucket(try await StorageServer.rclone.value)
        try await blocking {
            let proxy = try FaultProxy(to: bucket.port)
            proxy.inject(Fault(operation: .uploadPart, turns: 0..<Int.max, action: .hang))
            let directory = try TemporaryDirectory()
            let file = try directory.write(bucket.configuration(endpoint: proxy.endpoint), to: "registryd.yaml")
            let arguments = ["doctor", "--config", file, "--data", directory("data")]
            let doctor = try ChildProcess(Server.built("registryd"), arguments)
            try eventually("that it waits for a part") { proxy.applied > 0 }
            #expect(try !bucket.uploads().isEmpty)
            doctor.kill(SIGINT)
            #expect(doctor.wait(within: .seconds(60)) == .code(1))
            #expect(doctor.errors.text.contains("interrupted"))
            #expect(try bucket.uploads().isEmpty)
        }
    }

    private struct Report: Decodable {
        struct Backend: Decodable {
            var name: String
            var findings: [Finding]
        }
        struct Finding: Decodable {
            var probe: String
            var verdict: String
        }
        var ok: Bool
        var backends: [Backend]
    }
}
