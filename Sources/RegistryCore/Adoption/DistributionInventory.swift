/// What a distribution registry has, as a listing of its files tells: nothing is read.
///
/// A digest is kept once, and is a number everywhere else: a blob may be in thousands of repositories.
struct DistributionInventory: Sendable {
    typealias Number = UInt32

    struct Repository: Sendable {
        var layers: Set<Number> = []
        var revisions: Set<Number> = []
        /// Each with its link's size in bytes.
        var tags: [(name: String, size: Int64)] = []

        var links: Int { layers.count + revisions.count + tags.count }
    }

    let layout: DistributionLayout
    private(set) var repositories: [String: Repository] = [:]
    /// What is wrong with the links themselves.
    private(set) var problems: [AdoptionProblem] = []
    private var digests: [Digest] = []
    private var numbers: [Digest: Number] = [:]
    /// By the digests' numbers; nil: there is no data.
    private var sizes: [Int64?] = []

    init(_ layout: DistributionLayout) { self.layout = layout }

    /// How many digests repositories have, those of manifests too.
    var count: Int { digests.count }

    func digest(_ number: Number) -> Digest { digests[Int(number)] }

    func number(of digest: Digest) -> Number? { numbers[digest] }

    enum Data: Sendable, Hashable {
        case missing
        /// Nothing is in the file, and something has the digest: what a crash leaves of a file that was not synced.
        case empty
        case object(StoredObject)
    }

    func data(_ number: Number) -> Data {
        guard let size = sizes[Int(number)] else { return .missing }
        let digest = digest(number)
        if size == 0, digest != ContentHasher(digest.algorithm).digest { return .empty }
        return .object(StoredObject(key: layout.data(of: digest), size: size))
    }

    // MARK: Listing

    /// Reads the two listings. Of the blobs only those that a repository has are kept.
    mutating func list(_ storage: any BlobStorage, _ progress: (AdoptionProgress) -> Void) async throws {
        var seen = 0
        for try await file in storage.foreignObjects(below: layout.repositories) {
            add(file)
            seen += 1
            if seen.isMultiple(of: 1000) { progress(.listingLinks(seen)) }
        }
        sizes = Array(repeating: nil, count: digests.count)
        guard !digests.isEmpty else { return }
        seen = 0
        for try await file in storage.foreignObjects(below: layout.blobs) {
            if let digest = layout.digest(at: file.key), let number = numbers[digest] { sizes[Int(number)] = file.size }
            seen += 1
            if seen.isMultiple(of: 1000) { progress(.listingBlobs(seen)) }
        }
    }

    private mutating func add(_ file: StoredObject) {
        guard let (name, link) = layout.link(at: file.key) else { return }
        switch link {
        case .tag(let tag):
            repositories[name, default: Repository()].tags.append((tag, file.size))
        case .layer(let digest):
            guard isWhole(file, name, digest) else { return }
            repositories[name, default: Repository()].layers.insert(number(for: digest))
        case .revision(let digest):
            guard isWhole(file, name, digest) else { return }
            repositories[name, default: Repository()].revisions.insert(number(for: digest))
        case .unknown(let digest):
            problems.append(
                AdoptionProblem(.refused, name, digest.debugDescription, "is not a digest that registryd knows"))
        }
    }

    /// A link is written after what it links to, but a crash may leave it without its content.
    private mutating func isWhole(_ file: StoredObject, _ repository: String, _ digest: Digest) -> Bool {
        if file.size > 0 { return true }
        problems.append(AdoptionProblem(.brokenLink, repository, digest.description, "has an empty link"))
        return false
    }

    private mutating func number(for digest: Digest) -> Number {
        if let number = numbers[digest] { return number }
        let number = Number(digests.count)
        digests.append(digest)
        numbers[digest] = number
        return number
    }
}
