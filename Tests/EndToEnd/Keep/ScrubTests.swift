import Foundation
import Glibc
import Testing

/// `registryd scrub`, and a server that knows what is damaged.
struct ScrubTests {
    @Test(arguments: ScrubbedRegistry.Damage.allCases)
    func `damage is reported with who needs it, answers an error, and a push mends it`(
        _ damage: ScrubbedRegistry.Damage
    ) throws {
        let registry = try ScrubbedRegistry()
        let client = registry.client
        let (config, layer) = (Array("{}".utf8), randomBytes(300_000))
        try client.pushBlob(config, to: "alice/app")
        let digest = try client.pushBlob(layer, to: "alice/app")
        let manifest = Manifest.image(config: config, layers: [layer])
        for tag in ["v1", "v2"] { try client.pushManifest(manifest, to: "alice/app", as: tag) }

        let clean = try registry.scrub()
        #expect(clean.exit == .code(0), "\(clean)")
        #expect(clean.output.contains("disk: 2 blobs, 293 KiB, read and verified\n"), "\(clean)")
        #expect(try registry.readiness() == "ready\n")
        #expect(try registry.metric(#"registryd_blobs_damaged{backend="disk"}"#) == 0)

        try registry.damage(digest, damage)
        let found = try registry.scrub("--backend", "disk")
        #expect(found.exit == .code(1), "\(found)")
        #expect(
            found.output.contains("\(digest) (293 KiB, needed by alice/app:v1, alice/app:v2) is damaged on disk: "),
            "\(found)")
        #expect(found.output.contains("no copy is left: push alice/app:v1, alice/app:v2 again"), "\(found)")
        #expect(found.errors.contains("1 blob is damaged: see above"), "\(found)")

        let path = "/v2/alice/app/blobs/\(digest)"
        let answer = try client.get(path)
        expect(answer, 500, "UNKNOWN")
        #expect(answer.text.contains("is damaged on disk: push it again"), "\(answer)")
        expect(try client.get(path, [("Range", "bytes=0-9")]), 500, "UNKNOWN")
        // Clients push what the head says is not there.
        expect(try client.head(path), 404)
        expect(try client.post("/v2/bob/app/blobs/uploads/?mount=\(digest)&from=alice/app"), 202)
        #expect(try registry.readiness() == "ready; 1 blob on disk is damaged: registryd scrub\n")
        #expect(try registry.metric(#"registryd_blobs_damaged{backend="disk"}"#) == 1)
        #expect(try registry.metric(#"registryd_scrub_blobs{backend="disk",state="checked"}"#) == 2)
        #expect(try registry.metric(#"registryd_scrub_blobs{backend="disk",state="damaged"}"#) == 1)
        #expect(try #require(try registry.metric(#"registryd_scrub_finished_time_seconds{backend="disk"}"#)) > 1.7e9)
        // Everything else goes on.
        expectSame(try client.pullBlob(sha256(config), from: "alice/app"), config)
        expect(try client.get("/v2/alice/app/manifests/v1"), 200)

        try client.pushBlob(layer, to: "alice/app")
        expect(try client.head(path), 200)
        expectSame(try client.pullBlob(digest, from: "alice/app"), layer)
        #expect(try registry.readiness() == "ready\n")
        let mended = try registry.scrub()
        #expect(mended.exit == .code(0), "\(mended)")
    }

    @Test func `skopeo mends an image by pushing it again`() throws {
        let registry = try ScrubbedRegistry()
        let directory = try TemporaryDirectory()
        let home = ["HOME": directory.path, "XDG_RUNTIME_DIR": directory("run")]
        let image = try ImageLayout(in: directory, name: "image", tag: "v1", platforms: ["amd64"], layers: 3)
        let remote = "docker://\(registry.server.address)/alice/app:v1"
        func skopeo(_ arguments: String...) throws -> ProcessResult {
            try runUnchecked("skopeo", ["--insecure-policy", "copy"] + arguments, environment: home)
        }
        let push = try skopeo("--dest-tls-verify=false", "oci:\(image.path):v1", remote)
        #expect(push.exit == .code(0), "\(push)")
        let root = try image.root()
        let layers = image.blobs.map { "sha256:\($0)" }.filter { $0 != root }
        for (digest, damage) in zip(layers, ScrubbedRegistry.Damage.allCases) { try registry.damage(digest, damage) }
        #expect(try registry.scrub().exit == .code(1))
        let broken = try skopeo("--src-tls-verify=false", remote, "oci:\(directory("broken")):v1")
        #expect(broken.exit != .code(0), "\(broken)")

        let again = try skopeo("--dest-tls-verify=false", "oci:\(image.path):v1", remote)
        #expect(again.exit == .code(0), "\(again)")
        let pull = try skopeo("--src-tls-verify=false", remote, "oci:\(directory("back")):v1")
        #expect(pull.exit == .code(0), "\(pull)")
        #expect(files(below: directory("back/blobs/sha256")) == image.blobs)
        #expect(try registry.scrub().exit == .code(0))
    }

    @Test func `what another backend has is served from there, and repaired from there`() throws {
        let registry = try ScrubbedRegistry()
        let client = registry.client
        let contents = (0..<3).map { _ in randomBytes(200_000) }
        let digests = try contents.map { try client.pushBlob($0, to: "alice/app") }
        try registry.copyToSpare()
        for (digest, damage) in zip(digests, ScrubbedRegistry.Damage.allCases) { try registry.damage(digest, damage) }
        let found = try registry.scrub("--backend", "disk", "--json")
        #expect(found.exit == .code(1), "\(found)")
        let json = try JSONDecoder().decode(Report.self, from: Data(found.output.utf8))
        #expect(json.backends.map(\.backend) == ["disk"])
        #expect(Set(json.backends[0].damaged.map(\.digest)) == Set(digests))
        #expect(json.backends[0].damaged.allSatisfy { $0.copies == ["spare"] && $0.repositories == ["alice/app"] })
        for (digest, content) in zip(digests, contents) {
            expect(try client.head("/v2/alice/app/blobs/\(digest)"), 200)
            expectSame(try client.pullBlob(digest, from: "alice/app"), content)
        }
        #expect(try registry.readiness() == "ready; 3 blobs on disk are damaged: registryd scrub\n")

        let repaired = try registry.scrub("--backend", "disk", "--repair")
        #expect(repaired.exit == .code(0), "\(repaired)")
        #expect(repaired.output.contains("disk: 3 blobs repaired\n"), "\(repaired)")
        #expect(try registry.readiness() == "ready\n")
        for (digest, content) in zip(digests, contents) {
            expectSame(try EndToEndTests.contents(of: registry.file(of: digest)), content)
            expectSame(try client.pullBlob(digest, from: "alice/app"), content)
        }
    }

    private struct Report: Decodable {
        struct Backend: Decodable {
            var backend: String
            var damaged: [Blob]
        }
        struct Blob: Decodable {
            var digest: String
            var copies: [String]
            var repositories: [String]
        }
        var backends: [Backend]
    }

    @Test func `killed it goes on where it was, and through it begins anew`() throws {
        let registry = try ScrubbedRegistry()
        let digests = try (0..<40).map { _ in try registry.client.pushBlob(randomBytes(200_000), to: "alice/app") }
        let first = try #require(digests.min())
        let checked = #"registryd_scrub_blobs{backend="disk",state="checked"}"#
        let scrub = try registry.startScrub("--backend", "disk", "--jobs", "1", "--rate-limit", "1MiB")
        try eventually("that some are read; it says:\n\(scrub.errors.text)") {
            try (registry.metric(checked) ?? 0) >= 3
        }
        #expect(try registry.metric(#"registryd_scrub_running{backend="disk"}"#) == 1)
        let second = try registry.scrub("--backend", "disk")
        #expect(second.exit == .code(69) && second.errors.contains("another scrub"), "\(second)")
        scrub.kill(SIGKILL)
        #expect(scrub.wait(within: .seconds(30)) == .signal(SIGKILL))

        // It is behind what comes now.
        try registry.damage(first, .flipped)
        let rest = try registry.scrub("--backend", "disk")
        #expect(rest.exit == .code(0), "\(rest)")
        #expect(rest.output.hasPrefix("disk: 40 blobs, "), "\(rest)")
        #expect(try registry.metric(checked) == 40)
        let anew = try registry.scrub("--backend", "disk")
        #expect(anew.exit == .code(1), "\(anew)")
        #expect(anew.output.contains("\(first) (195 KiB, in alice/app, needed by no image) is damaged"), "\(anew)")
    }

    @Test func `a server that comes across damage by itself knows it from then on`() throws {
        let registry = try ScrubbedRegistry()
        let client = registry.client
        let contents = (0..<2).map { _ in randomBytes(1000) }
        let digests = try contents.map { try client.pushBlob($0, to: "alice/app") }
        try registry.damage(digests[0], .deleted)
        try registry.damage(digests[1], .cut)
        for digest in digests { expect(try client.get("/v2/alice/app/blobs/\(digest)"), 500, "UNKNOWN") }
        try eventually("that both are noted") {
            try registry.readiness() == "ready; 2 blobs on disk are damaged: registryd scrub\n"
        }
        for (digest, content) in zip(digests, contents) {
            expect(try client.head("/v2/alice/app/blobs/\(digest)"), 404)
            try client.pushBlob(content, to: "alice/app")
            expectSame(try client.pullBlob(digest, from: "alice/app"), content)
        }
        #expect(try registry.readiness() == "ready\n")
    }

    @Test func `a backend that is not there is an error of the command line`() throws {
        let registry = try ScrubbedRegistry()
        let result = try registry.scrub("--backend", "dsk")
        #expect(result.exit == .code(64), "\(result)")
        #expect(result.errors.contains("did you mean “disk”?"), "\(result)")
    }
}
