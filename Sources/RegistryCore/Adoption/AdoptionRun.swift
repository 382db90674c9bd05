/// A repository of the old registry.
struct OldRepository: Sendable {
    let name: RepositoryName
    let contents: DistributionInventory.Repository

    func problem(_ kind: AdoptionProblem.Kind, _ reference: some CustomStringConvertible, _ message: String)
        -> AdoptionProblem
    {
        AdoptionProblem(kind, name.description, reference.description, message)
    }
}

/// One run of an adoption: what was listed, and what has come of it so far.
struct AdoptionRun {
    enum Standing: UInt8 {
        case unseen, known, taken
    }

    let adoption: Adoption
    let inventory: DistributionInventory
    /// Links that are to be looked at, and those that were.
    let total: Int
    var done = 0
    var report = AdoptionReport()
    /// Of the blobs, by their digests' numbers.
    var standings: [Standing]
    let repositories: [OldRepository]

    init(adoption: Adoption, inventory: DistributionInventory) {
        self.adoption = adoption
        self.inventory = inventory
        report.problems = inventory.problems
        standings = Array(repeating: .unseen, count: inventory.count)
        var valid: [OldRepository] = []
        for (text, contents) in inventory.repositories {
            if let name = RepositoryName(text) {
                valid.append(OldRepository(name: name, contents: contents))
            } else {
                report.problems.append(
                    AdoptionProblem(
                        .invalidName, text.debugDescription, nil, "is not a name that a repository can have"))
            }
        }
        repositories = valid.sorted { $0.name.description < $1.name.description }
        total = valid.reduce(0) { $0 + $1.contents.links }
    }

    /// Repositories that are taken together: many small ones for the sake of time, or one large one for that of memory.
    func batches(links limit: Int = 10_000) -> [ArraySlice<OldRepository>] {
        var batches: [ArraySlice<OldRepository>] = []
        var (start, links) = (0, 0)
        for (index, repository) in repositories.enumerated() {
            links += repository.contents.links
            guard links >= limit || index == repositories.count - 1 else { continue }
            batches.append(repositories[start...index])
            (start, links) = (index + 1, 0)
        }
        return batches
    }

    func finished() -> AdoptionReport {
        var report = report
        for (number, standing) in standings.enumerated() {
            guard case .object(let object) = inventory.data(DistributionInventory.Number(number)) else { continue }
            switch standing {
            case .unseen: continue
            case .known: report.known.add(object.size)
            case .taken: report.taken.add(object.size)
            }
        }
        // A blob may be damaged for each of several manifests.
        report.problems = Set(report.problems).sorted { a, b in
            (a.repository, a.reference ?? "", a.message) < (b.repository, b.reference ?? "", b.message)
        }
        return report
    }
}

extension BlobCount {
    mutating func add(_ size: Int64) {
        blobs += 1
        bytes += size
    }
}
