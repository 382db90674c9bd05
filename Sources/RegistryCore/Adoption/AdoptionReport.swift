/// What came of taking over a registry, or with a dry run would come of it.
package struct AdoptionReport: Sendable, Hashable {
    package struct Count: Sendable, Hashable {
        /// New here.
        package var taken = 0
        /// Here before.
        package var known = 0

        package init(taken: Int = 0, known: Int = 0) {
            self.taken = taken
            self.known = known
        }

        var total: Int { taken + known }
    }

    package var repositories = Count()
    package var tags = Count()
    package var manifests = Count()
    /// Layers, configs and other blobs, each once in however many repositories it is.
    package var taken = BlobCount()
    package var known = BlobCount()
    /// How often a blob became readable in a repository.
    package var links = 0
    /// When the files are to be ours: blobs that are here and whose files stay the old registry's, as a repository that has them
    /// did not come as a whole.
    package var unowned = BlobCount()
    /// In order of their repositories.
    package var problems: [AdoptionProblem] = []

    package init() {}

    /// Nobody's storage is there.
    package var foundNothing: Bool { repositories.total == 0 && problems.isEmpty }

    /// The problems without those that are as they should be.
    package var losses: [AdoptionProblem] { problems.filter(\.isLoss) }

    /// Everything was here before.
    package var changedNothing: Bool {
        repositories.taken + tags.taken + manifests.taken + taken.blobs + links == 0
    }
}

/// Something of the old registry that was not taken, or that is not whole.
package struct AdoptionProblem: Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable, Hashable {
        /// A name that OCI does not allow.
        case invalidName = "invalid-name"
        /// A link to something that is not there.
        case brokenLink = "broken-link"
        /// Content that is not what its digest says.
        case damaged
        /// Content that cannot be read.
        case unreadable
        /// A manifest that registryd does not take.
        case refused
        /// A tag that points at something else here, and is to.
        case kept
    }

    /// Something of the old registry is not here.
    package var isLoss: Bool { kind != .kept }

    package var kind: Kind
    package var repository: String
    /// A digest, or a tag.
    package var reference: String?
    /// Goes on where the reference ends: `has no data`.
    package var message: String

    package init(_ kind: Kind, _ repository: String, _ reference: String?, _ message: String) {
        self.kind = kind
        self.repository = repository
        self.reference = reference
        self.message = message
    }

    package var description: String { "\(repository): \(reference.map { "\($0) " } ?? "")\(message)" }
}

/// How far it is.
package enum AdoptionProgress: Sendable, Hashable {
    /// So many files were seen below the repositories.
    case listingLinks(Int)
    /// So many below the blobs.
    case listingBlobs(Int)
    /// Layers, manifests and tags.
    case taking(Int, of: Int)
}
