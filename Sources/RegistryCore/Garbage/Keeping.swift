/// What keeps a blob or a manifest, for `registryd why`.
package struct Keeping: Sendable, Hashable {
    /// nil: no blob has this digest.
    package var blob: BlobStanding?
    /// A manifest has it.
    package var isManifest = false
    /// Some of the ways to it, each from what keeps it down to it.
    package var chains: [Chain] = []
    /// How many more there are.
    package var more = 0
    /// There are more than were counted.
    package var isMoreUncounted = false

    /// A way from a tag to a manifest or a blob.
    package struct Chain: Sendable, Hashable {
        package var repository: RepositoryName
        /// nil: nothing points at the first of `manifests`, and nothing but `gc.untagged` makes it go.
        package var tag: Tag?
        package var manifests: [Link]
    }

    package struct Link: Sendable, Hashable {
        package enum Kind: String, Sendable, Hashable {
            case manifest
            /// It lists the one behind it.
            case index
            /// What the one behind it is about.
            case subject
        }
        package var kind: Kind
        package var digest: Digest
    }
}

extension MetadataStore {
    /// What keeps whatever has this digest; at most `limit` chains. nil: nothing has it.
    package func keeping(_ digest: Digest, limit: Int) async throws -> Keeping? {
        var climber = Climber(metadata: self, limit: limit)
        climber.keeping.blob = try await blobStanding(digest)
        for repository in try await repositories(havingManifest: digest, limit: Climber.most + 1) {
            climber.keeping.isManifest = true
            try await climber.climb(from: ManifestPlace(repository: repository, digest: digest), .manifest, [])
        }
        guard climber.keeping.isManifest || climber.keeping.blob != nil else { return nil }
        if climber.keeping.blob != nil {
            let places = try await manifests(needing: digest, limit: Climber.most + 1)
            for place in places.sorted() { try await climber.climb(from: place, .manifest, []) }
        }
        return climber.keeping
    }
}

/// Goes up the reference graph, from a manifest to the tags above it.
private struct Climber {
    /// Steps and chains beyond this are not counted: a graph may be made to have more than anybody can wait for.
    static let most = 10_000
    /// Nor are ways that are longer. Indexes do not stand so high (``IndexNesting``), unless an older release took them; but what
    /// is about something may be about what is about something, without end.
    static let longest = 100

    let metadata: any MetadataStore
    let limit: Int
    var keeping = Keeping()
    private var left = most

    init(metadata: any MetadataStore, limit: Int) {
        self.metadata = metadata
        self.limit = limit
    }

    mutating func climb(from place: ManifestPlace, _ kind: Keeping.Link.Kind, _ below: [Keeping.Link]) async throws {
        // What is about its own index goes round.
        if below.contains(where: { $0.digest == place.digest }) { return }
        guard left > 0, below.count < Self.longest else {
            keeping.isMoreUncounted = true
            return
        }
        let links = [Keeping.Link(kind: kind, digest: place.digest)] + below
        let tags = try await metadata.tags(of: place, limit: left)
        left -= max(tags.count, 1)
        if left == 0 { keeping.isMoreUncounted = true }
        for tag in tags { add(Keeping.Chain(repository: place.repository, tag: tag, manifests: links)) }
        let indexes = try await metadata.indexes(listing: place, limit: left + 1)
        for index in indexes {
            try await climb(from: ManifestPlace(repository: place.repository, digest: index), .index, links)
        }
        let subject = try await metadata.storedSubject(of: place)
        if let subject {
            try await climb(from: ManifestPlace(repository: place.repository, digest: subject), .subject, links)
        }
        if tags.isEmpty, indexes.isEmpty, subject == nil {
            add(Keeping.Chain(repository: place.repository, tag: nil, manifests: links))
        }
    }

    private mutating func add(_ chain: Keeping.Chain) {
        if keeping.chains.count < limit { keeping.chains.append(chain) } else { keeping.more += 1 }
    }
}

extension ManifestPlace: Comparable {
    package static func < (a: ManifestPlace, b: ManifestPlace) -> Bool {
        (a.repository.description, a.digest.description) < (b.repository.description, b.digest.description)
    }
}
