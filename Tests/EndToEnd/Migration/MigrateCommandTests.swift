import Foundation
import S3Servers
import Testing

/// What the command says, and when it does nothing.
struct MigrateCommandTests {
    private struct Estimate: Decodable {
        var blobs: Int
        var bytes: Int
        var secondsAtLeast: Int?

        enum CodingKeys: String, CodingKey {
            case blobs, bytes
            case secondsAtLeast = "seconds-at-least"
        }
    }

    @Test func `what was moved is not moved again, and a dry run moves nothing`() async throws {
        let bucket = S3Bucket(try await StorageServer.rclone.value)
        try await blocking {
            let registry = try MigratingRegistry(bucket)
            let sizes = (0..<20).map { 1000 + 5000 * $0 }
            let blobs = try registry.fill(sizes)

            let dry = try registry.migrate(from: .disk, "--dry-run", "--delete-source")
            #expect(dry.exit == .code(0), "\(dry)")
            #expect(dry.output.hasPrefix("20 blobs, 947 KiB, to copy from disk to minio\n"), "\(dry)")
            let json = try registry.migrate(from: .disk, "--dry-run", "--json", "--rate-limit", "97KiB")
            let estimate = try JSONDecoder().decode(Estimate.self, from: Data(json.output.utf8))
            #expect(estimate.blobs == 20 && estimate.bytes == sizes.reduce(0, +))
            #expect(estimate.secondsAtLeast == 10)
            #expect(try registry.count(on: .disk) == 20)
            #expect(try registry.count(on: .minio) == 0)

            let first = try registry.migrate(from: .disk)
            #expect(first.exit == .code(0), "\(first)")
            #expect(first.output == "20 blobs, 947 KiB, copied from disk to minio and verified\n")
            #expect(first.errors.contains("new blobs still go to disk; to end that, set storage.active"), "\(first)")
            let objects = try bucket.objects()
            #expect(objects.count == 20)

            let second = try registry.migrate(from: .disk)
            #expect(second.exit == .code(0), "\(second)")
            #expect(second.output == "nothing to copy: minio has every blob of disk\n")
            #expect(try bucket.objects() == objects)
            #expect(
                try registry.migrate(from: .disk, "--dry-run").output
                    == "nothing to copy: minio has every blob of disk\n")
            #expect(try registry.count(on: .disk) == 20)

            let last = try registry.migrate(from: .disk, "--delete-source")
            #expect(last.exit == .code(0), "\(last)")
            #expect(try registry.count(on: .disk) == 0)
            #expect(try bucket.objects() == objects)
            try registry.check(blobs)
        }
    }

    @Test(arguments: [
        (
            ["--from", "disk", "--to", "minoi"],
            "--to minoi: storage.backends has no such backend; did you mean “minio”?"
        ),
        (["--from", "x", "--to", "disk"], "--from x: storage.backends has no such backend; there are: disk, minio"),
        (["--from", "disk", "--to", "disk"], "same backend"),
        (["--from", "disk", "--to", "minio", "--jobs", "0"], "--jobs 0: expected 1 to 256"),
    ])
    func `who asks for what cannot be is told`(_ options: [String], _ words: String) async throws {
        try await blocking {
            let directory = try TemporaryDirectory()
            let configuration = """
                storage:
                  active: disk
                  backends:
                    disk: { driver: fs, root: \(directory("disk")) }
                    minio: { driver: fs, root: \(directory("minio")) }
                """
            let file = try directory.write(configuration, to: "registryd.yaml")
            let result = try runUnchecked(
                Server.built("registryd"),
                ["migrate"] + options + ["--config", file, "--data", directory("data")])
            #expect(result.exit == .code(64), "\(result)")
            #expect(result.errors.contains(words), "\(result)")
        }
    }

    @Test func `nothing is taken from where a server that runs looks for it`() async throws {
        try await blocking {
            let directory = try TemporaryDirectory()
            let storage = """
                storage:
                  active: disk
                  backends:
                    disk: { driver: fs, root: \(directory("disk")) }

                """
            let server = try Server(configuration: storage, directory: directory)
            let digest = try Client(server).pushBlob([1, 2, 3], to: "alice/app")
            let file = try directory.write(
                storage + "    other: { driver: fs, root: \(directory("other")) }\n", to: "other.yaml")
            let arguments = ["migrate", "--from", "disk", "--to", "other", "--config", file, "--data", server.data]
            // Copies do no harm.
            #expect(try runUnchecked(Server.built("registryd"), arguments).exit == .code(0))
            let refused = try runUnchecked(Server.built("registryd"), arguments + ["--delete-source"])
            #expect(refused.exit == .code(69), "\(refused)")
            #expect(refused.errors.contains("the server that runs does not have backend other"), "\(refused)")
            #expect(try Client(server).get("/v2/alice/app/blobs/\(digest)").status == 200)
            _ = server.stop()
            #expect(try runUnchecked(Server.built("registryd"), arguments + ["--delete-source"]).exit == .code(0))
        }
    }
}
