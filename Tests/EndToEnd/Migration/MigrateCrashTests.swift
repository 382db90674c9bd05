import Foundation
import S3Servers
import Testing

/// kill -9 in the middle of a migration.
struct MigrateCrashTests {
    private static let sizes = MigratedBlob.sizes(150, large: 4)

    /// Waits until a few blobs more are on the target, how many is random, or there is nobody who brings them.
    private static func wait(
        _ registry: MigratingRegistry, _ target: MigratingRegistry.Backend, _ migration: ChildProcess,
        _ clients: MigratingClients
    ) throws {
        // What clients push goes there too.
        func copied() throws -> Int { try registry.count(on: target) - clients.pushes }
        let goal = try copied() + Int.random(in: 0..<8)
        try eventually("that blobs come; it says:\n\(migration.errors.text)", within: .seconds(120)) {
            try copied() >= goal || !migration.isRunning
        }
    }

    /// Slow enough that there is time to die in.
    private static let slowly = ["--rate-limit", "12MiB"]

    @Test func `it goes on where it was killed, ten times, and leaves nothing behind`() async throws {
        let bucket = S3Bucket(try await StorageServer.ceph.value)
        try await blocking {
            let registry = try MigratingRegistry(bucket)
            let blobs = try registry.fill(Self.sizes)
            let clients = MigratingClients(registry, blobs, count: 2)
            var kills = 0
            for source in [MigratingRegistry.Backend.disk, .minio] {
                try registry.activate(source.other)
                for _ in 0..<5 {
                    let migration = try registry.startMigrating(from: source, Self.slowly[0], Self.slowly[1])
                    try Self.wait(registry, source.other, migration, clients)
                    migration.kill(SIGKILL)
                    if migration.wait(within: .seconds(30)) == .signal(SIGKILL) { kills += 1 }
                }
                let result = try registry.migrate(from: source, "--delete-source")
                #expect(result.exit == .code(0), "\(result)")
                #expect(try registry.count(on: source) == 0)
            }
            #expect(kills == 10)
            let all = try clients.stop()
            try registry.check(all)
            #expect(try registry.count(on: .disk) == Set(all.map(\.digest)).count)
            #expect(try registry.unfinished() == [])
        }
    }

    @Test func `the server is killed ten times meanwhile, and what it answered is there`() async throws {
        let bucket = S3Bucket(try await StorageServer.rclone.value)
        try await blocking {
            // Nobody goes on with what the server was killed in the middle of.
            let registry = try MigratingRegistry(bucket, settings: ["limits.upload-idle=5s"])
            let blobs = try registry.fill(Self.sizes)
            let clients = MigratingClients(registry, blobs, count: 2, toleratesCrashes: true)
            for source in [MigratingRegistry.Backend.disk, .minio] {
                try registry.activate(source.other)
                let migration = try registry.startMigrating(
                    from: source, "--delete-source", Self.slowly[0], Self.slowly[1])
                for _ in 0..<5 {
                    try Self.wait(registry, source.other, migration, clients)
                    try registry.server.crashAndRestart()
                }
                #expect(migration.wait(within: .seconds(120)) == .code(0), "\(migration.errors.text)")
                try clients.goOn()
                // Likewise: an upload that it had stored there, and had not entered yet.
                try eventually("that \(source) is empty") { try registry.count(on: source) == 0 }
            }
            let all = try clients.stop()
            try registry.check(all)
        }
    }
}
