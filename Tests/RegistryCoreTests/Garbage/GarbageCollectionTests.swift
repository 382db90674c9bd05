import MetadataSQL
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import RegistryCore

@Suite struct GarbageCollectionTests {
    @Test func `what no manifest needs goes after the grace, its bytes too`() async throws {
        try await Fixture.with { fixture in
            let (live, dead) = (try await fixture.push("live"), try await fixture.push("dead"))
            try await fixture.putImage(of: live, as: "latest")
            fixture.clock.advance(24 * Fixture.hour)
            #expect(try await fixture.collect().isEmpty)
            fixture.clock.advance(1)
            let report = try await fixture.collect()
            #expect(report.blobs == 1)
            #expect(report.bytes == 4)
            #expect(report.objects == 1)
            #expect(try fixture.store.hasBlob(dead) == false)
            let kept = try #require(try fixture.store.blob(live, in: fixture.app))
            #expect(try await fixture.storage.keys() == [kept.locations[0].key.description])
            #expect(try await fixture.collect().isEmpty)
        }
    }

    @Test func `bytes stay as long as somebody may have been told where to fetch them`() async throws {
        try await Fixture.with { fixture in
            fixture.storage.state.withLock { $0.urlLifetime = .seconds(60) }
            try await fixture.push("dead")
            fixture.clock.advance(25 * Fixture.hour)
            let report = try await fixture.collect()
            #expect(report.blobs == 1)
            #expect(report.objects == 0)
            #expect(report.nextDue == Timestamp(milliseconds: fixture.clock.now.milliseconds + 60_000))
            #expect(try await fixture.storage.keys().count == 1)
            fixture.clock.advance(60_000)
            #expect(try await fixture.collect().objects == 1)
            #expect(try await fixture.storage.keys() == [])
        }
    }

    @Test func `bytes that cannot be deleted are said so, and go later`() async throws {
        try await Fixture.with { fixture in
            try await fixture.push("dead")
            fixture.clock.advance(25 * Fixture.hour)
            fixture.storage.state.withLock { $0.deleteError = .unavailable }
            let report = try await fixture.collect()
            #expect(report.blobs == 1)
            #expect(report.failed == 1)
            #expect(report.failure != nil)
            fixture.storage.state.withLock { $0.deleteError = nil }
            #expect(try await fixture.collect().objects == 1)
            #expect(try await fixture.storage.keys() == [])
        }
    }

    @Test func `more than a batch goes at once, and idle uploads with it`() async throws {
        try await Fixture.with { fixture in
            for number in 0..<230 { try await fixture.push("dead \(number)") }
            let idle = try await fixture.session()
            fixture.clock.advance(25 * Fixture.hour)
            let report = try await fixture.collect()
            #expect(report.blobs == 230)
            #expect(report.objects == 230)
            #expect(report.uploads == 1)
            #expect(try fixture.store.upload(idle.id) == nil)
            #expect(try await fixture.storage.keys() == [])
        }
    }

    @Test func `one that is interrupted has done what it has done`() async throws {
        try await Fixture.with { fixture in
            for number in 0..<3 { try await fixture.push("dead \(number)") }
            fixture.clock.advance(25 * Fixture.hour)
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                var report = GarbageReport()
                await #expect(throws: CancellationError.self) {
                    try await fixture.registry.collectGarbage(&report)
                }
            }
            await task.value
            #expect(try await fixture.collect().blobs == 3)
        }
    }

    @Test func `a preview is what a collection removes, and removes nothing`() async throws {
        try await Fixture.with { fixture in
            let live = try await fixture.push("live")
            let dead = try await fixture.push("dead")
            try await fixture.putImage(of: live, as: "latest")
            let touched = fixture.clock.now
            let idle = try await fixture.session()
            fixture.clock.advance(25 * Fixture.hour)
            var found: [Garbage] = []
            try await fixture.registry.previewGarbage(orphans: false) { found.append($0) }
            #expect(found == [.upload(idle), .blob(GarbageBlob(digest: dead, size: 4, touched: touched))])
            #expect(try fixture.store.hasBlob(dead))
            let report = try await fixture.collect()
            #expect(report.blobs == 1)
            #expect(report.uploads == 1)
        }
    }

    @Test func `untagged manifests go if that is wanted, and their blobs after the grace`() async throws {
        try await Fixture.with { fixture in
            let (old, new) = (try await fixture.push("old"), try await fixture.push("new"))
            let first = try await fixture.putImage(of: old, as: "latest")
            let second = try await fixture.putImage(of: new, as: "latest")
            var settings = fixture.registry.settings
            fixture.clock.advance(1000 * Fixture.hour)
            #expect(try await fixture.collect().isEmpty)
            fixture.clock.advance(1000 * Fixture.hour)
            #expect(try await fixture.collect().isEmpty)
            settings.garbage.untagged = .seconds(30 * 24 * 3600)
            try await fixture.registry.reload(settings, fixture.registry.backends)
            let report = try await fixture.collect()
            #expect(report.manifests == 1)
            #expect(report.blobs == 1)
            #expect(try fixture.store.hasManifest(first, in: fixture.app) == false)
            #expect(try fixture.store.hasManifest(second, in: fixture.app))
            #expect(try fixture.store.hasBlob(new))
        }
    }

    @Test func `objects that no row knows, of a storage without a mark, go when they are asked for twice`() async throws
    {
        try await Fixture.with { fixture in
            let live = try await fixture.push("live")
            try await fixture.putImage(of: live, as: "latest")
            let kept = try await fixture.storage.keys()
            let upload = try await fixture.storage.upload(UploadPlan(id: UploadID()))
            try await upload.append(ByteBuffer(string: "lost"))
            let object = try await upload.commit(as: digest(of: "lost"))
            #expect(try await fixture.collect().isEmpty)
            var found: [Garbage] = []
            try await fixture.registry.previewGarbage(orphans: true) { found.append($0) }
            #expect(found == [.youngOrphan(object, backend: "memory", seen: nil)])

            let first = try await fixture.collect(orphans: true)
            #expect(first.youngOrphans == 1)
            #expect(first.orphans == 0)
            fixture.clock.advance(24 * Fixture.hour + 1)
            #expect(try await fixture.collect().isEmpty)
            #expect(try await fixture.storage.keys().count == 2)
            let second = try await fixture.collect(orphans: true)
            #expect(second.orphans == 1)
            #expect(second.objects == 1)
            #expect(try await fixture.storage.keys() == kept)
        }
    }

    @Test func `what was removed is in the audit log, by whom`() async throws {
        try await Fixture.with { fixture in
            let audit = Recorded()
            let registry = Registry(
                metadata: fixture.store, backends: fixture.registry.backends, settings: .openToAll, audit: audit,
                logger: fixture.registry.logger, now: { [clock = fixture.clock] in clock.now })
            try await fixture.collect(by: registry)
            #expect(audit.events.withLock { $0.isEmpty })
            try await fixture.push("dead")
            fixture.clock.advance(25 * Fixture.hour)
            var report = GarbageReport()
            try await registry.collectGarbage(actor: "root", origin: "command line", &report)
            let details = [
                ("uploads", "0"), ("manifests", "0"), ("blobs", "1"), ("bytes", "4"), ("objects", "1"),
            ]
            #expect(
                audit.events.withLock { $0 }
                    == [AuditEvent(.garbageCollected, actor: "root", origin: "command line", details)])
        }
    }

    private final class Recorded: AuditLog {
        let events = Mutex<[AuditEvent]>([])
        func record(_ event: AuditEvent) async { events.withLock { $0.append(event) } }
    }
}
