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
                blobs, on: adoption.backend, into: repository.name, owning: false, at: adoption.now())
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
                let locations = try await metadata.locations(of: digest)
                let isStored = locations.contains { !$0.isDamaged }
                var isLinked = false
                if !locations.isEmpty { isLinked = try await metadata.blob(digest, in: repository.name) != nil }
                if isLinked, isStored {
                    taken.standings[number] = .known
                    continue
                }
                // Its bytes came here otherwise, perhaps to a private repository. A file of its name does not show that the old
                // registry has them.
                let isTrusted = locations.isEmpty || locations.contains(adoption.location(of: object))
                if !isTrusted, let flaw = try await adoption.flaw(of: object, digest) {
                    taken.problems.append(flaw.problem(digest, repository))
                    continue
                }
                taken.standings[number] = isStored ? .known : .taken
                if !isLinked { taken.links += 1 }
                guard !adoption.isDryRun else { continue }
                blobs.append(AdoptedBlob(digest: digest, object: object))
                if locations.contains(adoption.location(of: object, isDamaged: true)) {
                    // It is not any more. Adopted first, as its size may have been another.
                    try await flush()
                    _ = try await metadata.forgetDamage(of: digest, at: adoption.location(of: object))
                }
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
    func hasCopy(of digest: Digest, in repository: RepositoryName) async throws -> Bool {
        let old = BlobLocation(backend: backend, key: layout.data(of: digest))
        return try await metadata.blob(digest, in: repository)?.locations.contains { !$0.isDamaged && $0 != old }
            ?? false
    }

    func location(of object: StoredObject, isDamaged: Bool = false) -> BlobLocation {
        BlobLocation(backend: backend, key: object.key, isDamaged: isDamaged)
    }
}
