import Foundation
import S3Servers
import Testing

/// What goes wrong on the way, and what is said of it.
struct MigrateFailureTests {
    private struct Report: Decodable {
        struct Failure: Decodable {
            var digest: String
            var repositories: [String]
            var reason: String
        }
        var blobs: Int
        var removed: Int
        var failed: [Failure]
    }

    @Test func `what is damaged is reported by digest and repository and stays, and the rest moves`() async throws {
        let bucket = S3Bucket(try await StorageServer.rclone.value)
        try await blocking {
            let registry = try MigratingRegistry(bucket)
            let blobs = try registry.fill((0..<40).map { $0 == 7 ? 6 << 20 : 1000 + $0 })
            let damaged =
                Array(blobs[..<3]) + [try #require(blobs.first { $0.repository == "moved/r0" && $0 != blobs[0] })]
            let originals = try damaged.map { try contents(of: registry.file(of: $0.digest)) }
            // One byte is another, one file is too short, one is not there. The fourth is in two repositories.
            var content = try contents(of: registry.file(of: damaged[0].digest))
            content[content.count / 2] ^= 1
            try Data(content).write(to: URL(fileURLWithPath: registry.file(of: damaged[0].digest)))
            content = try contents(of: registry.file(of: damaged[1].digest))
            try Data(content.dropLast()).write(to: URL(fileURLWithPath: registry.file(of: damaged[1].digest)))
            try FileManager.default.removeItem(atPath: registry.file(of: damaged[2].digest))
            let client = Client(registry.server)
            content = try contents(of: registry.file(of: damaged[3].digest))
            try client.pushBlob(content, to: "bob/copy")
            content[0] ^= 1
            try Data(content).write(to: URL(fileURLWithPath: registry.file(of: damaged[3].digest)))

            // With what is damaged the estimate works too.
            #expect(try registry.migrate(from: .disk, "--dry-run").exit == .code(0))
            let result = try registry.migrate(from: .disk, "--delete-source", "--json")
            #expect(result.exit == .code(1), "\(result)")
            #expect(result.errors.contains("4 blobs could not be moved and stayed on disk"), "\(result)")
            let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
            #expect(report.blobs == 36 && report.removed == 36)
            #expect(report.failed.map(\.digest) == damaged.map(\.digest).sorted())
            for blob in damaged {
                let failure = try #require(report.failed.first { $0.digest == blob.digest })
                let repositories = blob == damaged[3] ? ["bob/copy", blob.repository] : [blob.repository]
                #expect(failure.repositories == repositories)
                let line = "\(blob.digest) (in \(repositories.joined(separator: ", "))): "
                #expect(result.errors.components(separatedBy: line).count == 2, "\(result)")
            }
            let reasons = Dictionary(uniqueKeysWithValues: report.failed.map { ($0.digest, $0.reason) })
            #expect(reasons[damaged[0].digest]?.hasPrefix("damaged on disk: its content has digest sha256:") == true)
            #expect(reasons[damaged[1].digest]?.contains("ought to have") == true, "\(reasons)")
            #expect(reasons[damaged[2].digest]?.hasPrefix("damaged on disk: ") == true, "\(reasons)")

            #expect(try registry.count(on: .disk) == 3)
            #expect(try registry.count(on: .minio) == 36)
            #expect(try registry.unfinished() == [])
            let left = Set(damaged.map(\.digest))
            try registry.check(blobs.filter { !left.contains($0.digest) })

            // Nobody is given it any more.
            let pull = try client.get("/v2/\(damaged[0].repository)/blobs/\(damaged[0].digest)")
            #expect(pull.status == 500, "\(pull)")

            // Again, for as long as nobody has mended it.
            let again = try registry.migrate(from: .disk)
            #expect(again.exit == .code(1))
            #expect(again.output.hasPrefix("0 blobs, 0 B, copied"), "\(again)")

            // Who has the bytes pushes them again, and then everything moves.
            for (blob, content) in zip(damaged, originals) { _ = try client.pushBlob(content, to: blob.repository) }
            let healed = try registry.migrate(from: .disk, "--delete-source")
            #expect(healed.exit == .code(0), "\(healed)")
            #expect(try registry.count(on: .disk) == 0)
            try registry.check(blobs)
        }
    }

    @Test func `a target that goes down is waited for`() async throws {
        let bucket = S3Bucket(try await StorageServer.rclone.value)
        try await blocking {
            let proxy = try FaultProxy(to: bucket.port)
            let registry = try MigratingRegistry(bucket, endpoint: proxy.endpoint, ["request-timeout": "1s"])
            let blobs = try registry.fill(MigratedBlob.sizes(60, large: 2))
            let migration = try registry.startMigrating(from: .disk, "--rate-limit", "8MiB")
            try eventually("that some are there") { try registry.count(on: .minio) > 3 }
            proxy.inject(Fault(operation: nil, turns: 0..<Int.max, action: .refuse(milliseconds: nil)))
            try eventually("that it waits: \(migration.errors.text)") {
                migration.errors.text.contains("minio does not answer, waiting until it does: ")
            }
            // What is on the disk is there meanwhile.
            try registry.check(Array(blobs.prefix(20)))
            #expect(migration.isRunning)
            proxy.clear()
            #expect(migration.wait(within: .seconds(120)) == .code(0), "\(migration.errors.text)")
            #expect(migration.errors.text.contains("minio answers again, going on"))
            #expect(try registry.count(on: .minio) == 60)
            #expect(try registry.unfinished() == [])
            try registry.check(blobs)
        }
    }

    @Test func `who is interrupted leaves nothing half done, and goes on the next time`() async throws {
        let bucket = S3Bucket(try await StorageServer.rclone.value)
        try await blocking {
            let registry = try MigratingRegistry(bucket)
            let blobs = try registry.fill(MigratedBlob.sizes(60, large: 4))
            let migration = try registry.startMigrating(from: .disk, "--rate-limit", "8MiB")
            try eventually("that some are there") { try registry.count(on: .minio) > 3 }
            try eventually("that the server tells how far it is") {
                let text = try registry.metrics()
                return text.contains("registryd_migration_running{from=\"disk\",to=\"minio\"} 1")
                    && text.contains("registryd_migration_blobs{from=\"disk\",to=\"minio\",state=\"total\"} 60")
            }
            // There is one at a time.
            let second = try registry.migrate(from: .minio)
            #expect(second.exit == .code(69), "\(second)")
            #expect(second.errors.contains("another migration (process \(migration.id)) is under way"), "\(second)")

            migration.kill(SIGINT)
            #expect(migration.wait(within: .seconds(60)) == .code(1))
            try eventually("the end of what it says") { migration.errors.isAtEnd }
            #expect(migration.errors.text.contains("interrupted: "), "\(migration.errors.text)")
            #expect(migration.errors.text.contains(" of 60 blobs were copied; run it again to go on"))
            #expect(!migration.errors.text.contains("does not answer"), "\(migration.errors.text)")
            #expect(try registry.unfinished() == [])
            #expect(try registry.metrics().contains("registryd_migration_running{from=\"disk\",to=\"minio\"} 0"))

            let rest = try registry.migrate(from: .disk)
            #expect(rest.exit == .code(0), "\(rest)")
            #expect(rest.output.contains(" copied from disk to minio") && !rest.output.hasPrefix("60 "), "\(rest)")
            #expect(try registry.count(on: .minio) == 60)
            try registry.check(blobs)
        }
    }
}
