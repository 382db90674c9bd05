import NIOCore
import RegistryCore

@testable import MetadataSQL

extension SQLiteStore {
    /// Everything that goes when nobody may have touched it since `milliseconds`.
    @discardableResult
    func collect(touchedBefore milliseconds: Int64 = 1000) async throws -> [Digest] {
        var all: [Digest] = []
        while true {
            let looked = try await collectBlobs(touchedBefore: time(milliseconds), limit: 3) { _ in time(7) }
            all += looked.removed.map(\.digest)
            if looked.count == 0 { return all.sorted { $0.description < $1.description } }
        }
    }

    /// How many rows a collection would have to look at.
    func suspects() async throws -> Int64 { try await count("garbage_candidates") ?? -1 }

    /// An image of blobs in a repository that has them.
    @discardableResult
    func putImage(
        _ number: Int,
        of blobs: [Int],
        _ tags: String...,
        subject: Int? = nil,
        children: [Int] = [],
        in repository: RepositoryName
    ) async throws -> Digest {
        var references = try blobs.map { ManifestReference(.blob, try digest($0), required: true) }
        references += try children.map { ManifestReference(.manifest, try digest($0), required: true) }
        if let subject { references.append(ManifestReference(.subject, try digest(subject), required: false)) }
        let image = try MetadataSQLTests.manifest(number, references)
        _ = try await putManifest(
            image, as: .digest(image.digest), tags: try tags.map { try tag($0) }, in: repository,
            allowMissing: false, expecting: nil, at: time(1))
        return image.digest
    }

    /// What goes when it was noted to be untagged before `milliseconds`.
    func collectUntagged(before milliseconds: Int64, notedAt now: Int64) async throws -> [Digest] {
        while try await noteUntagged(at: time(now), limit: 2) > 0 {}
        var all: [Digest] = []
        while true {
            let looked = try await collectManifests(untaggedBefore: time(milliseconds), limit: 2)
            all += looked.removed.map(\.digest)
            if looked.count == 0 { return all.sorted { $0.description < $1.description } }
        }
    }
}
