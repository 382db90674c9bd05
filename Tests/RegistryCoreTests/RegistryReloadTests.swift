import MetadataSQL
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import RegistryCore

/// Backends that come and go while the registry serves.
@Suite struct RegistryReloadTests {
    @Test func `new blobs go to the new active backend, and sessions go on where they began`() async throws {
        try await Fixture.with { fixture in
            let (registry, other) = (fixture.registry, SpyStorage())
            let old = try await fixture.push("old")
            let id = try await registry.startUpload(in: fixture.app).id
            _ = try await registry.append(body(["beg"]), to: id, in: fixture.app)

            let backends: [String: any BlobStorage] = ["memory": fixture.storage, "other": other]
            try await registry.reload(.openToAll, BackendSet(active: "other", backends: backends))
            #expect(registry.backends.active == "other")
            let new = try await fixture.push("new")
            try await registry.finish(body(["un"]), to: id, in: fixture.app, as: digest(of: "begun"))

            #expect(try await other.keys().count == 1)
            #expect(try await fixture.storage.keys().count == 2)
            for (digest, content) in [(old, "old"), (new, "new"), (digest(of: "begun"), "begun")] {
                let blob = try await registry.blob(digest, in: fixture.app)
                #expect(try await text(blob, from: registry) == content)
            }
        }
    }

    @Test func `a backend that blobs need stays, with everything else`() async throws {
        try await Fixture.with { fixture in
            let (registry, other) = (fixture.registry, SpyStorage())
            for number in 0..<3 { try await fixture.push("\(number)") }
            var settings = RegistrySettings.openToAll
            settings.manifestSize = 7
            let gone = BackendSet(active: "other", backends: ["other": other])
            let error = await #expect(throws: BackendsNeeded.self) { try await registry.reload(settings, gone) }
            #expect(error == BackendsNeeded(blobs: ["memory": 3], active: "other"))
            #expect(registry.backends.active == "memory")
            #expect(registry.settings.manifestSize == RegistrySettings().manifestSize)
            let blob = try await registry.blob(digest(of: "2"), in: fixture.app)
            #expect(try await text(blob, from: registry) == "2")
        }
    }

    @Test(arguments: [
        (1, "1 blob is nowhere else: put it back, and move it before"),
        (999, "999 blobs are nowhere else: put it back, and move them before"),
        (1234, "1,234 blobs are"), (1_234_567, "1,234,567 blobs are"),
    ])
    func `whoever takes a backend away is told what it is needed for`(_ count: Int, _ words: String) {
        let text = BackendsNeeded(blobs: ["disk": count], active: "minio").description
        #expect(text.hasPrefix("storage.backends lacks “disk”, and \(words)"), "\(text)")
        #expect(text.hasSuffix(" it goes: registryd migrate --from disk --to minio"), "\(text)")
    }

    @Test func `a backend whose blobs are elsewhere too may go`() async throws {
        try await Fixture.with { fixture in
            let (registry, other) = (fixture.registry, SpyStorage())
            try await fixture.push("abc")
            try await fixture.copy("abc", to: other, "other")
            try await registry.reload(.openToAll, BackendSet(active: "other", backends: ["other": other]))
            let blob = try await registry.blob(digest(of: "abc"), in: fixture.app)
            #expect(try await text(blob, from: registry) == "abc")
        }
    }

    @Test func `a backend that uploads are under way to stays until they are through`() async throws {
        try await Fixture.with { fixture in
            let (registry, other) = (fixture.registry, SpyStorage())
            let id = try await registry.startUpload(in: fixture.app).id
            let gone = BackendSet(active: "other", backends: ["other": other])
            let error = await #expect(throws: BackendsNeeded.self) { try await registry.reload(.openToAll, gone) }
            #expect(error == BackendsNeeded(uploads: ["memory": 1], active: "other"))
            #expect(error?.description.contains("1 upload is under way to it") == true)
            _ = try await registry.append(body(["abc"]), to: id, in: fixture.app)

            let session = try await registry.upload(id, in: fixture.app)
            #expect(try await fixture.store.endUpload(session))
            try await registry.reload(.openToAll, gone)
            #expect(registry.backends.active == "other")
        }
    }

    @Test func `a session on a backend that the configuration does not have is unknown`() async throws {
        try await Fixture.with { fixture in
            let session = try await fixture.session(on: "gone")
            let (registry, app) = (fixture.registry, fixture.app)
            #expect(await code { _ = try await registry.upload(session.id, in: app) } == .uploadUnknown)
            #expect(
                await code { _ = try await registry.append(body(["a"]), to: session.id, in: app) } == .uploadUnknown)
            #expect(
                await code { try await registry.finish(body(["a"]), to: session.id, in: app, as: digest(of: "a")) }
                    == .uploadUnknown)
        }
    }
}
