import NIOCore
import Testing

@testable import RegistryCore

/// What is not whole is named, and the rest is taken.
struct AdoptionProblemTests {
    @Test func `broken links are reported, each with its repository, and the rest is taken`() async throws {
        try await Adopting.with { it in
            let (old, layout) = (it.old, it.old.layout)
            let whole = old.pushImage("whole", to: "a/whole", as: "v1")
            let layerless = old.pushImage("layerless", to: "b/layerless", as: "v1")
            old.remove(layout.data(of: layerless.layer))
            let unlinked = old.pushImage("unlinked", to: "c/unlinked", as: "v1")
            old.remove(old.layerLink(unlinked.layer, in: "c/unlinked"))
            let gone = old.pushImage("gone", to: "d/gone", as: "v1")
            old.remove(layout.data(of: gone.manifest))
            let child = digest(of: "a child that was deleted")
            let childless = old.pushManifest(OldRegistry.index([child]), to: "e/childless", as: "v1")
            old.write("\(child)", to: layout.current("v1", in: "f/tag-only"))
            old.write("", to: layout.current("empty", in: "g/links"))
            old.write("latest", to: layout.current("word", in: "g/links"))
            old.write("", to: old.layerLink(child, in: "g/links"))

            let report = try await it.adopt()
            #expect(
                report.problems.map(\.description)
                    == [
                        "b/layerless: \(layerless.layer) is linked here and has no data",
                        "b/layerless: \(layerless.manifest) needs blob \(layerless.layer), which is not in the repository",
                        "c/unlinked: \(unlinked.manifest) needs blob \(unlinked.layer), which is not in the repository",
                        "d/gone: \(gone.manifest) is a manifest here and has no data",
                        "d/gone: tag v1 points at \(gone.manifest), a manifest that is not in the repository",
                        "e/childless: \(childless) needs manifest \(child), which is not in the repository",
                        "f/tag-only: tag v1 points at \(child), a manifest that is not in the repository",
                        "g/links: \(child) has an empty link", "g/links: tag empty has an empty link",
                        "g/links: tag word has a link that is no digest",
                    ].sorted())
            #expect(report.problems.allSatisfy { $0.kind == .brokenLink })
            #expect(report.repositories.taken == 7)
            #expect(report.manifests.taken == 4)
            #expect(report.tags.taken == 4)
            #expect(try await it.tagged("v1", in: "a/whole") == whole.manifest)
            #expect(try await it.tagged("v1", in: "b/layerless") == layerless.manifest)
            #expect(try await it.tagged("v1", in: "d/gone") == nil)
            #expect(try await !it.has(unlinked.layer, in: "c/unlinked"))

            // They are no less broken the second time.
            let second = try await it.adopt()
            #expect(second.problems == report.problems)
            #expect(second.changedNothing)
        }
    }

    @Test func `an index that goes too deep is refused, and what it lists is taken`() async throws {
        try await Adopting.with { it in
            var chain = [it.old.pushImage("deep", to: "app", as: "v0").manifest]
            for number in 1...9 {
                chain.append(it.old.pushManifest(OldRegistry.index([chain[number - 1]]), to: "app", as: "v\(number)"))
            }
            let report = try await it.adopt()
            #expect(
                report.problems.map(\.description) == [
                    "app: \(chain[9]) is a manifest here and is not taken: \(IndexNesting.Flaw.deep.message)",
                    "app: tag v9 points at \(chain[9]), a manifest that is not in the repository",
                ])
            #expect(report.manifests.taken == 9)
            #expect(try await it.tagged("v8", in: "app") == chain[8])
        }
    }

    @Test func `what is not what its digest says is damaged`() async throws {
        try await Adopting.with { it in
            let image = it.old.pushImage("one", to: "app", as: "v1")
            let other = it.old.pushImage("two", to: "app", as: "v2")
            it.old.write("{}", to: it.old.layout.data(of: image.manifest))
            it.old.write("", to: it.old.layout.data(of: image.layer))
            let nothing = it.old.pushBlob("", to: "app")
            let report = try await it.adopt()
            #expect(
                report.problems.filter { $0.kind == .damaged }.map(\.description)
                    == [
                        "app: \(image.layer) is linked here and its file is empty",
                        "app: \(image.manifest) is a manifest here whose content has digest \(digest(of: "{}"))",
                    ].sorted())
            #expect(try await !it.has(image.layer, in: "app"))
            #expect(try await it.has(nothing, in: "app"))
            #expect(try await it.tagged("v1", in: "app") == nil)
            #expect(try await it.tagged("v2", in: "app") == other.manifest)
        }
    }

    @Test func `manifests that are not taken are named with why`() async throws {
        try await Adopting.with { it in
            let type = "application/vnd.docker.distribution.manifest.v1+prettyjws"
            let schema1 = it.old.pushManifest("{\"schemaVersion\":1,\"mediaType\":\"\(type)\"}", to: "app", as: "old")
            let text = it.old.pushManifest("no JSON", to: "app")
            let large = it.old.pushManifest(String(repeating: " ", count: 4 << 20) + "{}", to: "app")
            _ = it.old.takeReads()
            let report = try await it.adopt()
            let refused = report.problems.filter { $0.kind == .refused }
            #expect(Set(refused.compactMap(\.reference)) == Set([schema1, text, large].map(\.description)))
            #expect(refused.contains { $0.message.contains("schema 1") })
            #expect(report.manifests.taken == 0)
            #expect(report.problems.filter { $0.kind == .brokenLink }.map(\.reference) == ["tag old"])
            #expect(!it.old.takeReads().contains(it.old.layout.data(of: large).description))
        }
    }

    @Test func `names that OCI does not allow are left out`() async throws {
        try await Adopting.with { it in
            let image = it.old.pushImage("one", to: "app", as: "v1", ".hidden")
            it.old.pushImage("two", to: "App/Upper", as: "v1")
            it.old.write("-", to: ObjectKey("\(it.old.layout.repositories)/app/_layers/md5/abcd/link"))
            let report = try await it.adopt()
            #expect(
                report.problems.map(\.description) == [
                    "\"App/Upper\": is not a name that a repository can have",
                    "app: \".hidden\" is not a name that a tag can have",
                    "app: \"md5:abcd\" is not a digest that registryd knows",
                ])
            #expect(report.repositories.taken == 1)
            #expect(report.taken.blobs == 2)
            #expect(try await it.tagged("v1", in: "app") == image.manifest)
        }
    }

    @Test func `a file that cannot be read is reported; a storage that does not answer ends the run`() async throws {
        try await Adopting.with { it in
            let one = it.old.pushImage("one", to: "app", as: "v1")
            let two = it.old.pushImage("two", to: "app", as: "v2", "v3")
            it.old.fail(it.old.layout.data(of: one.manifest), .failed)
            it.old.fail(it.old.layout.current("v3", in: "app"), .objectMissing)
            let report = try await it.adopt()
            #expect(
                report.problems.filter { $0.kind == .unreadable }.map(\.reference) == ["\(one.manifest)", "tag v3"])
            #expect(try await it.tagged("v2", in: "app") == two.manifest)

            it.old.fail(it.old.layout.data(of: one.manifest), .unavailable)
            let error = await #expect(throws: StorageError.self) { try await it.adopt() }
            #expect(error?.code == .unavailable)
            it.old.fail(it.old.layout.data(of: one.manifest), nil)
            it.old.fail(it.old.layout.current("v3", in: "app"), nil)
            #expect(try await it.adopt().problems == [])
            #expect(try await it.tagged("v1", in: "app") == one.manifest)
        }
    }
}
