/// A damaged blob, and what that means for whom.
package struct DamagedBlob: Sendable, Hashable {
    package var damage: BlobDamage
    /// The images that need it, as `alice/app:v1`, or `alice/app@sha256:…` where no tag leads to them: some, if they are many.
    package var images: [String]
    /// How many more there are, at least.
    package var moreImages: Int
    /// Those that have it, or the first of many.
    package var repositories: [RepositoryName]
    /// Backends with a copy that nobody knows to be damaged.
    package var copies: [String]

    package init(
        damage: BlobDamage, images: [String], moreImages: Int, repositories: [RepositoryName], copies: [String]
    ) {
        self.damage = damage
        self.images = images
        self.moreImages = moreImages
        self.repositories = repositories
        self.copies = copies
    }
}

extension MetadataStore {
    package func describe(_ damage: BlobDamage) async throws -> DamagedBlob {
        let digest = damage.blob.digest
        let keeping = try await keeping(digest, limit: 20)
        var images: [String] = []
        for chain in keeping?.chains ?? [] {
            guard let name = chain.name, !images.contains(name) else { continue }
            images.append(name)
        }
        let repositories = try await repositories(having: digest, .all, limit: 20)
        return DamagedBlob(
            damage: damage,
            images: images,
            moreImages: keeping?.more ?? 0,
            repositories: repositories.sorted { $0.description < $1.description },
            copies: try await locations(of: digest).filter { !$0.isDamaged }.map(\.backend)
        )
    }
}

extension Keeping.Chain {
    /// What clients know its beginning by.
    fileprivate var name: String? {
        tag.map { "\(repository):\($0)" } ?? manifests.first.map { "\(repository)@\($0.digest)" }
    }
}
