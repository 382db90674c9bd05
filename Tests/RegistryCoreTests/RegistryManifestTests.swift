import NIOCore
import TestSupport
import Testing

@testable import RegistryCore

@Suite struct RegistryManifestTests {
    private static let index = "application/vnd.oci.image.index.v1+json"

    private func index(of digests: [Digest], type: String = "application/vnd.oci.image.manifest.v1+json") -> ByteBuffer
    {
        let children = digests.map { #"{"mediaType":"\#(type)","digest":"\#($0)","size":1}"# }
        return ByteBuffer(string: #"{"schemaVersion":2,"manifests":[\#(children.joined(separator: ","))]}"#)
    }

    private func put(_ content: ByteBuffer, _ fixture: Fixture, _ precondition: ManifestPrecondition? = nil)
        async throws -> Digest
    {
        let tag = try #require(Reference("latest"))
        return try await fixture.registry.putManifest(
            content, contentType: Self.index, as: tag, tags: [], in: fixture.app, expecting: precondition
        ).digest
    }

    @Test(arguments: [2, 1000])
    func `a reference that is named often is one, in small manifests and large`(count: Int) async throws {
        try await Fixture.with { fixture in
            let child = try await put(index(of: []), fixture)
            let content = index(of: Array(repeating: child, count: count))
            let digest = try await put(content, fixture)
            #expect(try await fixture.registry.manifest(.digest(digest), in: fixture.app).content == content)
        }
    }

    @Test func `a child of an unknown type is a manifest where there is one, and a blob elsewhere`() async throws {
        try await Fixture.with { fixture in
            let child = try await put(index(of: []), fixture)
            _ = try await put(index(of: [child], type: "application/x"), fixture)
            try await fixture.registry.push(body(["abc"]), in: fixture.app, as: digest(of: "abc"))
            _ = try await put(index(of: [digest(of: "abc")], type: "application/x"), fixture)
            #expect(
                await code { _ = try await put(index(of: [digest(of: "x")], type: "application/x"), fixture) }
                    == .manifestBlobUnknown)
        }
    }

    @Test func `what is not as expected is refused`() async throws {
        try await Fixture.with { fixture in
            let first = try await put(index(of: []), fixture, .absent)
            #expect(await code { _ = try await put(index(of: [first]), fixture, .absent) } == .preconditionFailed)
            let second = try await put(index(of: [first]), fixture, .isAnyOf([first]))
            #expect(
                await code { _ = try await put(index(of: []), fixture, .isAnyOf([first])) } == .preconditionFailed)
            let latest = try #require(Reference("latest"))
            #expect(try await fixture.registry.manifest(latest, in: fixture.app).digest == second)
        }
    }
}
