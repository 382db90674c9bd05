import Foundation
import S3Servers
import Testing

/// `registryd migrate`, while clients push and pull.
struct MigrateTests {
    @Test func `a registry moves to S3 and back while clients push and pull, and loses nothing`() async throws {
        let bucket = S3Bucket(try await StorageServer.rclone.value)
        try await blocking {
            let registry = try MigratingRegistry(bucket)
            let blobs = try registry.fill(MigratedBlob.sizes(300, large: 8))
            let clients = MigratingClients(registry, blobs)
            try clients.goOn()

            for source in [MigratingRegistry.Backend.disk, .minio] {
                try registry.activate(source.other)
                let before = try registry.count(on: source)
                let result = try registry.migrate(from: source, "--delete-source")
                #expect(result.exit == .code(0), "\(result)")
                #expect(result.output.contains("copied from \(source) to \(source.other) and verified"), "\(result)")
                #expect(result.output.contains("removed from \(source)"), "\(result)")
                #expect(before >= 300)
                #expect(try registry.count(on: source) == 0)
                #expect(try registry.count(on: source.other) >= before)
                try clients.goOn()
            }
            let all = try clients.stop()
            try registry.check(all)
            // What two clients push at once may be there twice for a moment, and never less than once.
            #expect(try registry.count(on: .disk) == Set(all.map(\.digest)).count)
            #expect(try registry.unfinished() == [])
        }
    }

    /// Between two prefixes, which are as far apart as two buckets.
    @Test func `a registry moves from S3 to S3`() async throws {
        let server = try await StorageServer.rclone.value
        try await blocking {
            let (one, two) = (S3Bucket(server), S3Bucket(server))
            let sections = [("one", one), ("two", two)].map { name, bucket in
                "    \(name):\n" + bucket.keys().map { "      \($0.key): \($0.value)\n" }.joined()
            }
            let registry = try Server(configuration: "storage:\n  active: one\n  backends:\n\(sections.joined())")
            let client = Client(registry)
            let contents = [10, 100_000, 6 << 20, 11 << 20].map(randomBytes)
            for content in contents { try client.pushBlob(content, to: "alice/app") }
            #expect(try one.objects().count == 4)

            try registry.command(
                "migrate", "--from", "one", "--to", "two", "--delete-source", "--config",
                registry.directory("registryd.yaml"))
            #expect(try one.objects() == [] && one.uploads() == [])
            #expect(try two.objects().map(\.size).sorted() == contents.map(\.count))
            #expect(try two.uploads() == [])
            #expect(files(below: registry.data + "/spool") == [])
            for content in contents {
                expectSame(try client.pullBlob(sha256(content), from: "alice/app"), content)
            }
        }
    }

    @Test func `an object stays for as long as a client may be on its way to it`() async throws {
        let bucket = S3Bucket(try await StorageServer.rclone.value)
        try await blocking {
            let registry = try MigratingRegistry(
                bucket, active: .minio, ["redirect": "{ enabled: true, expires: 8s }"])
            let client = Client(registry.server)
            let content = randomBytes(100_000)
            let digest = try client.pushBlob(content, to: "alice/app")
            expect(try client.get("/v2/alice/app/blobs/\(digest)"), 307)
            try registry.activate(.disk)

            let migration = try registry.startMigrating(from: .minio, "--delete-source")
            try eventually("that it waits for clients: \(migration.errors.text)") {
                migration.errors.text.contains("clients may still be on their way to the old objects")
            }
            #expect(try bucket.objects().map(\.size) == [content.count])
            // Nobody is sent there any more.
            expect(try client.get("/v2/alice/app/blobs/\(digest)"), 200)

            #expect(migration.wait(within: .seconds(120)) == .code(0), "\(migration.errors.text)")
            #expect(try bucket.objects() == [])
            expectSame(try client.pullBlob(digest, from: "alice/app"), content)
        }
    }
}
