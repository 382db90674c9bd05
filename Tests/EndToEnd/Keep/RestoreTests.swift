import Foundation
import Glibc
import S3Servers
import Testing

struct RestoreTests {
    @Test func `when the data folder is lost, the configuration and the bucket are enough`() async throws {
        let bucket = S3Bucket(try await StorageServer.rclone.value)
        try await blocking {
            let registry = try KeptRegistry(
                bucket.configuration() + "access: { anonymous: push }\n")
            let server = try registry.serve()
            let images = try ["kept/a", "kept/b"].flatMap { try server.pushImages(3, to: $0) }
            try Client(server).pushBlob(randomBytes(12 << 20), to: "kept/a")
            try server.command("user", "add", "alice", "--password-stdin", input: password("alice"))
            try registry.command("backup")
            let blobs = try bucket.objects()
            #expect(blobs.count { $0.key.contains("/blobs/backups/") } == 1)
            #expect(server.stop() == .code(0))

            try FileManager.default.removeItem(atPath: registry.data)
            let said = try registry.command("restore", "s3")
            #expect(said.contains("2 repositories, 6 tags"), "\(said)")
            #expect(said.contains("1 user"), "\(said)")
            let restored = try registry.serve()
            try restored.check(images)
            #expect(try Client(restored).get("/v2/", basic("alice")).status == 200)
            #expect(try bucket.objects() == blobs)
            // And it goes on from there.
            try restored.check(try restored.pushImages(1, to: "kept/c"))
            let lines = try restored.audit().filter { $0["event"] == "restored" }
            #expect(lines.count == 1)
            #expect(lines.first?["from"]?.hasPrefix("s3/backups/") == true)
        }
    }

    @Test func `what was there is kept, and can be put back`() async throws {
        try await blocking {
            let registry = try KeptRegistry()
            let server = try registry.serve()
            let old = try server.pushImages(2, to: "kept/app")
            let snapshot = registry.directory("snapshot.db")
            try registry.command("backup", snapshot)
            let new = try server.pushImages(2, to: "kept/app", from: 2)
            let busy = try registry.uncheckedCommand(["restore", snapshot])
            #expect(busy.exit == .code(69), "\(busy)")
            #expect(busy.errors.contains("another registryd"), "\(busy)")
            // A log that nobody has copied into the database belongs to what is kept.
            server.stop(SIGKILL)

            try registry.command("restore", snapshot)
            let restored = try registry.serve()
            try restored.check(old)
            #expect(try Client(restored).get("/v2/kept/app/manifests/v2").status == 404)
            #expect(restored.stop() == .code(0))

            let kept = files(below: registry.data).filter { $0.contains("before-restore") }
            #expect(kept.count == 1, "\(kept)")
            try registry.command("restore", "\(registry.data)/\(try #require(kept.first))")
            try registry.serve().check(old + new)
        }
    }

    @Test func `a snapshot that is no good changes nothing`() async throws {
        try await blocking {
            let registry = try KeptRegistry()
            let server = try registry.serve()
            let images = try server.pushImages(20, to: "kept/app")
            let snapshot = registry.directory("snapshot.db")
            try registry.command("backup", snapshot)
            #expect(server.stop() == .code(0))
            let before = files(below: registry.data)
            let content = try contents(of: registry.database)

            let sound = try contents(of: snapshot)
            let bad = [
                ("torn.db", Array(sound.prefix(sound.count / 2)), "torn.db is damaged"),
                ("text.db", Array("Dear Sir or Madam".utf8), "text.db is not a database"),
                ("empty.db", [], "empty.db is not a registryd's database"),
            ]
            for (name, bytes, words) in bad {
                let path = try registry.directory.write(bytes, to: name)
                let result = try registry.uncheckedCommand(["restore", path])
                #expect(result.exit == .code(1), "\(result)")
                #expect(result.errors.contains(words), "\(result)")
            }
            for (from, words) in [("disk", "has no snapshot"), ("nowhere", "there are: disk")] {
                let result = try registry.uncheckedCommand(["restore", from])
                #expect(result.exit != .code(0) && result.errors.contains(words), "\(result)")
            }
            #expect(try contents(of: registry.database) == content)
            #expect(
                files(below: registry.data).filter { !$0.hasSuffix(".lock") }
                    == before.filter { !$0.hasSuffix(".lock") })
            try registry.serve().check(images)
        }
    }
}
