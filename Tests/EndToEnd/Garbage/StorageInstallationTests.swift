import Foundation
import Glibc
import Testing

/// Storages that are not the database's, or not those that it takes them for.
struct StorageInstallationTests {
    private func move(_ from: String, to: String) throws { try FileManager.default.moveItem(atPath: from, toPath: to) }

    @Test func `a registry with another database is refused, and may take the storage over`() async throws {
        try await blocking {
            let registry = try KeptRegistry()
            let server = try registry.serve()
            let images = try server.pushImages(2, to: "kept/app")
            server.stop(SIGKILL)
            let before = registry.stored()

            let other = try registry.onSameDisk()
            let refused = try other.refusedServe()
            #expect(refused.exit == .code(78), "\(refused)")
            for words in [
                "registryd: backend “disk” is another installation's: \(registry.directory("disk"))/registryd-storage says ",
                "registryd restore disk", "registryd rebuild --backend disk",
            ] {
                #expect(refused.errors.contains(words), "\(refused)")
            }
            for command in [["gc", "--orphans"], ["gc", "--dry-run"], ["scrub"], ["backup"]] {
                let result = try other.uncheckedCommand(command)
                #expect(result.exit == .code(78), "\(result)")
            }
            #expect(registry.stored() == before)
            try server.start()
            try server.check(images)
            #expect(server.stop() == .code(0))

            try other.command("rebuild", "--backend", "disk")
            let new = try other.serve()
            try new.check(try new.pushImages(1, to: "new/app"))
            #expect(Set(registry.stored()).isSuperset(of: before))
        }
    }

    @Test func `a folder that is not there, or another one in its place, is refused`() async throws {
        try await blocking {
            let (registry, other) = (try KeptRegistry(), try KeptRegistry())
            var images: [KeptImage] = []
            for each in [registry, other] {
                let server = try each.serve()
                images = try server.pushImages(1, to: "kept/app")
                #expect(server.stop() == .code(0))
            }
            let (root, away) = (other.directory("disk"), other.directory("away"))
            try move(root, to: away)
            let missing = try other.refusedServe()
            #expect(missing.exit == .code(69), "\(missing)")
            #expect(missing.errors.contains("Is it mounted?"), "\(missing)")
            #expect(!FileManager.default.fileExists(atPath: root))

            try move(registry.directory("disk"), to: root)
            let swapped = try other.refusedServe()
            #expect(swapped.exit == .code(78), "\(swapped)")
            #expect(
                swapped.errors.contains("backend “disk” is another storage now: \(root)/registryd-storage"),
                "\(swapped)")
            #expect(try other.uncheckedCommand(["gc", "--orphans"]).exit == .code(78))

            try move(root, to: registry.directory("disk"))
            try move(away, to: root)
            try other.serve().check(images)
        }
    }

    @Test func `a folder whose blobs are lost for good is made anew by a rebuild`() async throws {
        try await blocking {
            let registry = try KeptRegistry()
            let server = try registry.serve()
            _ = try server.pushImages(1, to: "kept/app")
            #expect(server.stop() == .code(0))
            try FileManager.default.removeItem(atPath: registry.directory("disk"))
            let refused = try registry.refusedServe()
            #expect(refused.exit == .code(69), "\(refused)")
            #expect(refused.errors.contains("registryd rebuild"), "\(refused)")
            try registry.command("rebuild", "--backend", "disk")
            try server.start()
            let blob = randomBytes(1000)
            try Client(server).pushBlob(blob, to: "kept/new")
            expectSame(try Client(server).pullBlob(sha256(blob), from: "kept/new"), blob)
        }
    }

    /// The id is in the database before the folder has it.
    @Test func `whenever a first start ends, the next one goes on`() async throws {
        try await blocking {
            let directory = try TemporaryDirectory()
            func configuration(_ second: String) -> String {
                "storage: { active: a, backends: { a: { driver: fs, root: \"\(directory("a"))\" }, "
                    + "b: { driver: fs, root: \"\(second)\" } } }\n"
            }
            // Before it got to the first backend, and between the two.
            let blocked = try directory.write("", to: "file")
            let registry = try KeptRegistry(configuration(blocked))
            #expect(try registry.refusedServe().exit == .code(78))
            #expect(files(below: directory("a")) == ["registryd-storage"])
            let mark = try contents(of: directory("a/registryd-storage"))
            try FileManager.default.removeItem(atPath: directory("a"))
            #expect(try registry.refusedServe().exit == .code(78))
            #expect(try contents(of: directory("a/registryd-storage")) == mark)

            _ = try registry.directory.write(configuration(directory("b")), to: "registryd.yaml")
            let server = try registry.serve()
            try server.crashAndRestart()
            try server.check(try server.pushImages(1, to: "kept/app"))
        }
    }

    @Test func `a reload does not take up a storage of somebody else's`() async throws {
        try await blocking {
            let other = try KeptRegistry()
            let owner = try other.serve()
            _ = try owner.pushImages(1, to: "others/app")
            #expect(owner.stop() == .code(0))

            let registry = try KeptRegistry()
            let server = try registry.serve()
            let text = String(decoding: try contents(of: registry.directory("registryd.yaml")), as: UTF8.self)
            let more = text.replacingOccurrences(
                of: "backends: {", with: "backends: { other: { driver: fs, root: \"\(other.directory("disk"))\" },")
            _ = try registry.directory.write(more, to: "registryd.yaml")
            server.signal(SIGHUP)
            try eventually("that it is refused; the log: \(server.log)") {
                server.log.contains("not reloaded: backend “other” is another installation's")
            }
            try server.check(try server.pushImages(1, to: "kept/app"))
            _ = try registry.directory.write(text, to: "registryd.yaml")
            try server.reload()
            // It is free again, and its owner's.
            try owner.start()
        }
    }
}
