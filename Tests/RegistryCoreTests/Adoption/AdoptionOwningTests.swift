import NIOCore
import TestSupport
import Testing

@testable import RegistryCore

/// `--own`: whose the files are, when not everything could be taken.
struct AdoptionOwningTests {
    private enum Loss: CaseIterable {
        case missing, damaged, large, schema1, unknownDigest, refusedName
    }

    /// The repository that something is lost of.
    private func lose(_ loss: Loss, _ image: Digest, _ it: Adopting) {
        let data = it.old.layout.data(of: image)
        switch loss {
        case .missing: it.old.remove(data)
        case .damaged: it.old.write("{}", to: data)
        case .large: it.old.write(String(repeating: " ", count: 5 << 20), to: data)
        case .schema1:
            let type = "application/vnd.docker.distribution.manifest.v1+prettyjws"
            it.old.pushManifest("{\"schemaVersion\":1,\"mediaType\":\"\(type)\"}", to: "lost")
        case .unknownDigest:
            it.old.write("-", to: ObjectKey("\(it.old.layout.repositories)/lost/_manifests/revisions/md5/ab/link"))
        case .refusedName: break
        }
    }

    @Test(arguments: Loss.allCases)
    private func `what a repository links of which something was lost stays the old registry's`(
        _ loss: Loss
    ) async throws {
        try await Adopting.with { it in
            let repository = loss == .refusedName ? "Lost" : "lost"
            let lost = it.old.pushImage("lost", to: repository)
            lose(loss, lost.manifest, it)
            it.old.pushImage("shared", to: repository)
            it.old.pushImage("shared", to: "whole")
            let whole = it.old.pushImage("whole", to: "whole")

            let dry = try await it.adopt(owns: true, isDryRun: true)
            let report = try await it.adopt(owns: true)
            #expect(report == dry)
            #expect(!report.losses.isEmpty)
            #expect(report.unowned.blobs == (loss == .refusedName ? 2 : 4))
            let all = try await it.store.blobs(on: "old", after: nil, limit: 99).map(\.blob)
            let config = digest(of: "{\"config\":\"whole\"}")
            #expect(Set(all.filter(\.isOwned).map(\.digest)) == [whole.layer, config])
            #expect(all.count == (loss == .refusedName ? 4 : 6))
        }
    }

    @Test func `what was mended in the old registry is owned by the next run`() async throws {
        try await Adopting.with { it in
            let image = it.old.pushImage("one", to: "app", as: "v1")
            it.old.fail(it.old.layout.data(of: image.manifest), .objectDamaged)
            #expect(try await it.adopt(owns: true).unowned.blobs == 2)
            #expect(try await it.count(onlyAdopted: true) == 2)
            it.old.fail(it.old.layout.data(of: image.manifest), nil)
            let report = try await it.adopt(owns: true)
            #expect(report.problems == [])
            #expect(report.unowned == BlobCount())
            #expect(try await it.count(onlyAdopted: true) == 0)
        }
    }

    @Test func `a tag that is kept is no loss`() async throws {
        try await Adopting.with { it in
            it.old.pushImage("one", to: "app", as: "v1")
            let other = it.old.pushImage("other", to: "app")
            _ = try await it.adopt()
            it.old.write("\(other.manifest)", to: it.old.layout.current("v1", in: "app"))
            let report = try await it.adopt(owns: true)
            #expect(report.problems.map(\.kind) == [.kept])
            #expect(report.losses == [])
            #expect(try await it.count(onlyAdopted: true) == 0)
        }
    }

    @Test func `a file of ours that was collected and adopted again is not deleted`() async throws {
        try await Adopting.with { it in
            let layer = it.old.pushBlob("nobody needs it", to: "app")
            _ = try await it.adopt(owns: true)
            it.fixture.clock.advance(1000)
            let time = it.fixture.clock.now
            let collected = try await it.store.collectBlobs(touchedBefore: time, limit: 9) { _ in time }
            #expect(collected.removed.map(\.digest) == [layer])
            #expect(try await it.store.removals(on: "old", limit: 9).map(\.key) == [it.old.layout.data(of: layer)])

            _ = try await it.adopt()
            #expect(try await it.store.removals(on: "old", limit: 9) == [])
            let outcome = try await Removals(
                metadata: it.store, backends: BackendSet(active: "old", backends: ["old": it.old]), now: { time }
            ).removeDue(on: nil)
            // The old registry refuses every deletion.
            #expect(outcome.removed == 0 && outcome.failed.isEmpty)
            #expect(try await it.has(layer, in: "app"))
        }
    }
}
