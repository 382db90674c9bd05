extension AdoptionRun {
    /// What came of a repository's blobs.
    private struct Taken: Sendable {
        var isNew = false
        var standings: [DistributionInventory.Number: Standing] = [:]
        /// Blobs that became readable in it.
        var links = 0
        var problems: [AdoptionProblem] = []
    }

    /// Makes the repositories, and the blobs of their layer links readable in them.
    mutating func takeBlobs(of batch: ArraySlice<OldRepository>) async throws {
        let (adoption, inventory) = (adoption, inventory)
        try await forEach(of: batch, atOnce: Adoption.width) { repository in
            try await Self.take(repository, inventory, adoption)
        } take: { (taken: Taken) in
            if taken.isNew { report.repositories.taken += 1 } else { report.repositories.known += 1 }
            report.links += taken.links
            report.problems += taken.problems
            // One that is taken for one repository is known to the next.
            for (number, standing) in taken.standings where standings[Int(number)] != .taken {
                standings[Int(number)] = standing
            }
        }
        done += batch.reduce(0) { $0 + $1.contents.layers.count }
    }

    private static func take(
        _ repository: OldRepository,
        _ inventory: DistributionInventory,
        _ adoption: Adoption
    ) async throws -> Taken {
        let metadata = adoption.metadata
        var taken = Taken(isNew: try await !metadata.hasRepository(repository.name))
        if taken.isNew, !adoption.isDryRun {
            try await metadata.adoptRepository(repository.name, at: adoption.now())
        }
        var blobs: [AdoptedBlob] = []
        func flush() async throws {
            guard !blobs.isEmpty else { return }
            _ = try await metadata.adoptBlobs(
                blobs, on: adoption.backend, into: repository.name, owning: adoption.owns, at: adoption.now())
            blobs = []
        }
        for number in repository.contents.layers {
            try Task.checkCancellation()
            let digest = inventory.digest(number)
            switch inventory.data(number) {
            case .missing:
                if try await adoption.hasCopy(of: digest, in: repository.name) { continue }
                taken.problems.append(repository.problem(.brokenLink, digest, "is linked here and has no data"))
            case .empty:
                if try await adoption.hasCopy(of: digest, in: repository.name) { continue }
                taken.problems.append(repository.problem(.damaged, digest, "is linked here and its file is empty"))
            case .object(let object):
                let isStored = try await metadata.hasBlob(digest)
                taken.standings[number] = isStored ? .known : .taken
                var isLinked = false
                if isStored { isLinked = try await metadata.blob(digest, in: repository.name) != nil }
                if !isLinked { taken.links += 1 }
                guard !adoption.isDryRun, !isLinked || adoption.owns else { continue }
                blobs.append(AdoptedBlob(digest: digest, object: object))
                // A transaction holds up everybody else who writes.
                if blobs.count == 500 { try await flush() }
            }
        }
        try await flush()
        return taken
    }
}

extension Adoption {
    /// Whether a repository here has the blob from somewhere else than the old registry's file.
    fileprivate func hasCopy(of digest: Digest, in repository: RepositoryName) async throws -> Bool {
        let old = BlobLocation(backend: backend, key: layout.data(of: digest))
        return try await metadata.blob(digest, in: repository)?.locations.contains { $0 != old } ?? false
    }
}
