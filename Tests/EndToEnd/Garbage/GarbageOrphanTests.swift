import Foundation
import Glibc
import Testing

/// Objects that no row knows, on the server's own schedule.
struct GarbageOrphanTests {
    @Test func `the server removes what no row knows, and nothing else`() async throws {
        try await blocking {
            let registry = try KeptRegistry()
            let first = try registry.serve(settings: ["gc.interval=never"])
            let images = try first.pushImages(3, to: "kept/app")
            try registry.command("backup")
            #expect(first.stop() == .code(0))
            for path in ["docker/registry/v2/blobs/sha256/ab/cd/data", "blobs/sha256/ab/thesis.tex", "blobs/notes"] {
                _ = try registry.directory.write("somebody else's", to: "disk/\(path)")
            }
            let before = registry.stored()
            let stray = try registry.leaveObject()

            let server = try registry.serve(settings: ["gc.interval=50ms", "gc.grace=200ms"])
            try eventually("that \(stray) goes; the log: \(server.log)") { registry.stored() == before }
            try eventually("that it is said; the log: \(server.log)") {
                server.log.contains("removed 0 blobs (0 B), 1 unknown object, 1 object deleted")
            }
            // It goes on, also after a crash.
            server.stop(SIGKILL)
            let another = try registry.leaveObject()
            try server.start()
            try eventually("that \(another) goes, too; the log: \(server.log)") { registry.stored() == before }
            try server.check(images)
            #expect(!server.log.contains(" error "), "\(server.log)")
        }
    }

    @Test func `after a restore it does not, until somebody says that the database is whole`() async throws {
        try await blocking {
            let registry = try KeptRegistry()
            let first = try registry.serve(settings: ["gc.interval=never"])
            let images = try first.pushImages(2, to: "kept/app")
            try registry.command("backup")
            let known = registry.stored()
            _ = try first.pushImages(2, to: "kept/app", from: 2)
            #expect(first.stop() == .code(0))
            let all = registry.stored()
            #expect(all.count == known.count + 2)

            try registry.command("restore", "disk")
            let server = try registry.serve(settings: ["gc.interval=20ms", "gc.grace=0s"])
            try server.waitForCollections(4)
            // What was pushed to wait goes, and nothing else.
            try eventually("that all stays; the log: \(server.log)") { registry.stored() == all }
            #expect(server.stop() == .code(0))
            let said = try registry.command("gc", "--set", "gc.grace=0s")
            #expect(
                said.contains("objects that no row knows stay, as the database was restored or made anew at 2"),
                "\(said)")
            let shown = try registry.command("gc", "--dry-run", "--orphans")
            #expect(shown.components(separatedBy: "no row knows it, first seen now: noted").count == 3, "\(shown)")
            #expect(shown.hasSuffix("; would note 2 objects that no row knows"), "\(shown)")
            #expect(registry.stored() == all)

            #expect(try registry.command("gc", "--orphans").contains("2 objects that no row knows: noted"))
            #expect(registry.stored() == all)
            // From then on the schedule does it.
            try server.start()
            try eventually("that they go; the log: \(server.log)") { registry.stored() == known }
            try server.check(images)
        }
    }

    @Test func `nothing is collected while the registry is read-only, and it goes on afterwards`() async throws {
        try await blocking {
            let registry = try KeptRegistry()
            let file = registry.directory("registryd.yaml")
            let storage = String(decoding: try contents(of: file), as: UTF8.self)
            func write(readOnly: Bool) throws {
                let rules = "gc: { interval: 20ms, grace: 0s }\nlog: { level: debug }\nread-only: \(readOnly)\n"
                _ = try registry.directory.write(storage + rules, to: "registryd.yaml")
            }
            try write(readOnly: false)
            let server = try registry.serve()
            try server.waitForCollections(1)
            let before = ["registryd-storage"]
            try eventually("that it collects; the log: \(server.log)") { registry.stored() == before }
            try write(readOnly: true)
            try server.reload()

            let stray = try registry.leaveObject()
            func waits() -> Int { server.log.components(separatedBy: "garbage collection waits: ").count }
            let waited = waits()
            // As many as it takes to see it and to remove it.
            try eventually("that collections are due; the log: \(server.log)") { waits() > waited + 5 }
            #expect(registry.stored() == (before + [stray]).sorted())

            try write(readOnly: false)
            try server.reload()
            try eventually("that \(stray) goes; the log: \(server.log)") { registry.stored() == before }
        }
    }
}
