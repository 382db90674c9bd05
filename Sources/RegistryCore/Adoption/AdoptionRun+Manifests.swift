import NIOCore

/// A manifest in a repository.
struct RepositoryManifest: Sendable, Hashable {
    var repository: RepositoryName
    var digest: Digest
}

/// A manifest that was read.
private struct ReadManifest: Sendable {
    var repository: OldRepository
    var manifest: NewManifest
    /// It is here already.
    var isKnown: Bool

    var id: RepositoryManifest { RepositoryManifest(repository: repository.name, digest: manifest.digest) }

    var children: [RepositoryManifest] {
        manifest.references.filter { $0.kind == .manifest }
            .map { RepositoryManifest(repository: repository.name, digest: $0.digest) }
    }
}

private enum Outcome: Sendable {
    /// With what it lacks.
    case taken(ReadManifest, [AdoptionProblem])
    /// Not before its children.
    case waiting(ReadManifest)
    case lost(AdoptionProblem)
}

extension AdoptionRun {
    /// Stores the manifests of the revision links. Whoever finds an index here finds its children too.
    ///
    /// - Returns: those that are here now, or would be.
    mutating func takeManifests(
        of batch: ArraySlice<OldRepository>,
        _ progress: (Int) -> Void
    ) async throws -> Set<RepositoryManifest> {
        let (adoption, inventory) = (adoption, inventory)
        var present: Set<RepositoryManifest> = []
        var waiting: [ReadManifest] = []
        let revisions = batch.flatMap { repository in repository.contents.revisions.map { (repository, $0) } }
        try await forEach(of: revisions, atOnce: Adoption.width) { repository, number in
            try await adoption.readAndTake(number, of: repository, inventory)
        } take: { outcome in
            if case .waiting(let read) = outcome { waiting.append(read) } else { note(outcome, &present, progress) }
        }
        while !waiting.isEmpty {
            // Digests cannot name each other in a circle: some are always ready.
            let ids = Set(waiting.map(\.id))
            let ready = waiting.filter { ids.isDisjoint(with: $0.children) }
            waiting = waiting.filter { !ids.isDisjoint(with: $0.children) }
            let found = present
            try await forEach(of: ready, atOnce: Adoption.width) { read in
                try await adoption.take(read, inventory, present: found)
            } take: {
                note($0, &present, progress)
            }
        }
        return present
    }

    private mutating func note(
        _ outcome: Outcome,
        _ present: inout Set<RepositoryManifest>,
        _ progress: (Int) -> Void
    ) {
        switch outcome {
        case .taken(let read, let problems):
            present.insert(read.id)
            if read.isKnown { report.manifests.known += 1 } else { report.manifests.taken += 1 }
            report.problems += problems
        case .lost(let problem):
            report.problems.append(problem)
        case .waiting:
            return
        }
        done += 1
        progress(done)
    }
}

extension Adoption {
    /// What has no children is taken at once, so that it need not be kept.
    fileprivate func readAndTake(
        _ number: DistributionInventory.Number,
        of repository: OldRepository,
        _ inventory: DistributionInventory
    ) async throws -> Outcome {
        let digest = inventory.digest(number)
        let outcome = try await read(digest, inventory.data(number), of: repository) { digest in
            inventory.number(of: digest).map(repository.contents.revisions.contains) ?? false
        }
        guard case .waiting(let read) = outcome, read.children.isEmpty else { return outcome }
        return try await take(read, inventory, present: [])
    }

    private func read(
        _ digest: Digest,
        _ data: DistributionInventory.Data,
        of repository: OldRepository,
        isRevision: (Digest) -> Bool
    ) async throws -> Outcome {
        let known = try await metadata.manifest(.digest(digest), in: repository.name)
        let content: ByteBuffer
        if let known {
            content = known.content
        } else {
            switch data {
            case .missing: return .lost(repository.problem(.brokenLink, digest, "is a manifest here and has no data"))
            case .empty: return .lost(repository.problem(.damaged, digest, "is a manifest here and its file is empty"))
            case .object(let object) where object.size > manifestSize:
                let why = "is a manifest here of \(object.size) bytes, over the limit of \(manifestSize)"
                return .lost(repository.problem(.refused, digest, why))
            case .object(let object):
                do {
                    content = try await bytes(of: object)
                } catch let error as StorageError where error.isOfOneObject {
                    let why = "is a manifest here that cannot be read: \(error)"
                    return .lost(repository.problem(.unreadable, digest, why))
                }
            }
            var hasher = ContentHasher(digest.algorithm)
            hasher.update(content)
            guard hasher.digest == digest else {
                let why = "is a manifest here whose content has digest \(hasher.digest)"
                return .lost(repository.problem(.damaged, digest, why))
            }
        }
        do {
            // Distribution keeps no media type beside the content.
            let manifest = try Manifest(content, contentType: known?.mediaType)
            let references = try await manifest.references { child in
                if isRevision(child) { return true }
                return try await metadata.hasManifest(child, in: repository.name)
            }
            let new = NewManifest(manifest, digest, content, references)
            return .waiting(ReadManifest(repository: repository, manifest: new, isKnown: known != nil))
        } catch let error as RegistryError {
            return .lost(repository.problem(.refused, digest, "is a manifest here and is not taken: \(error.message)"))
        }
    }

    fileprivate func take(
        _ read: ReadManifest,
        _ inventory: DistributionInventory,
        present: Set<RepositoryManifest>
    ) async throws -> Outcome {
        let (name, manifest) = (read.repository.name, read.manifest)
        if !read.isKnown, !isDryRun {
            // What it lacks, the old registry lacks as well; the manifest can be pulled there, and so here.
            let outcome = try await metadata.putManifest(
                manifest, as: .digest(manifest.digest), tags: [], in: name, allowMissing: true, expecting: nil,
                at: now())
            if case .tooNested(let flaw) = outcome {
                let why = "is a manifest here and is not taken: \(flaw.message)"
                return .lost(read.repository.problem(.refused, manifest.digest, why))
            }
        }
        var problems: [AdoptionProblem] = []
        for reference in manifest.references where reference.required {
            let isThere =
                switch reference.kind {
                case .blob: try await hasBlob(reference.digest, read.repository, inventory)
                case .manifest, .subject: try await hasManifest(reference.digest, read.repository, present)
                }
            if isThere { continue }
            let what = reference.kind == .blob ? "blob" : "manifest"
            problems.append(
                read.repository.problem(
                    .brokenLink, manifest.digest, "needs \(what) \(reference.digest), which is not in the repository"))
        }
        problems += try await damagedBlobs(of: manifest, in: read.repository, inventory)
        return .taken(read, problems)
    }

    private func hasBlob(
        _ digest: Digest,
        _ repository: OldRepository,
        _ inventory: DistributionInventory
    ) async throws -> Bool {
        // Otherwise it is here by now, unless garbage collection took one that was here already and that nothing needed: then
        // the next run brings it.
        if isDryRun, let number = inventory.number(of: digest), repository.contents.layers.contains(number),
            case .object = inventory.data(number)
        {
            return true
        }
        return try await metadata.blob(digest, in: repository.name) != nil
    }

    private func hasManifest(
        _ digest: Digest,
        _ repository: OldRepository,
        _ present: Set<RepositoryManifest>
    ) async throws -> Bool {
        if present.contains(RepositoryManifest(repository: repository.name, digest: digest)) { return true }
        return try await metadata.hasManifest(digest, in: repository.name)
    }
}
