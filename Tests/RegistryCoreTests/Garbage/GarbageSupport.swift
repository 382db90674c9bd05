import Foundation
import MetadataSQL
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import RegistryCore

extension Fixture {
    static let hour: Int64 = 3_600_000

    /// What a collection by `registry` removes now.
    @discardableResult
    func collect(orphans: Bool = false, by registry: Registry? = nil) async throws -> GarbageReport {
        var report = GarbageReport()
        try await (registry ?? self.registry).collectGarbage(orphans: orphans, &report)
        return report
    }

    /// Stores an image of one blob, which the repository has: the manifest's digest.
    @discardableResult
    func putImage(
        of blob: Digest, as tag: String? = nil, number: Int = 0, about subject: Digest? = nil,
        by registry: Registry? = nil
    ) async throws -> Digest {
        let descriptor = #"{"mediaType":"application/octet-stream","digest":"\#(blob)","size":1}"#
        let about = subject.map { #","subject":{"mediaType":"application/x","digest":"\#($0)","size":1}"# } ?? ""
        return try await put(
            #"""
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"test/\#(number)",
            "config":\#(descriptor),"layers":[\#(descriptor)]\#(about)}
            """#, as: tag, by: registry)
    }

    @discardableResult
    func putIndex(of children: [Digest], as tag: String? = nil) async throws -> Digest {
        let list = children.map {
            #"{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"\#($0)","size":1}"#
        }
        return try await put(
            #"""
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json",
            "manifests":[\#(list.joined(separator: ","))]}
            """#, as: tag)
    }

    private func put(_ json: String, as tag: String?, by registry: Registry? = nil) async throws -> Digest {
        let reference = try tag.map { Reference.tag(try #require(Tag($0))) } ?? .digest(digest(of: json))
        let registry = registry ?? self.registry
        let authorization = try await registry.authorize(alice, .pushManifest, in: app)
        return try await registry.putManifest(
            ByteBuffer(string: json), contentType: nil, as: reference, tags: [], authorization
        ).digest
    }
}

/// Whose repository it is.
let alice = Caller(user: UserName("alice"), address: "test")

/// A registry that collects garbage whenever it looks again at the rights of a request, which it does right before it writes.
func interrupted(_ fixture: Fixture) -> Registry {
    Registry(
        metadata: fixture.store, backends: fixture.registry.backends, settings: RegistrySettings(),
        isCurrent: { _ in
            try await fixture.collect()
            return true
        }, logger: fixture.registry.logger, now: { [clock = fixture.clock] in clock.now })
}
