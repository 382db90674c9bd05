import NIOCore

private enum Outcome: Sendable {
    case taken
    case known
    case lost(AdoptionProblem)
}

extension AdoptionRun {
    /// Makes the tags, whose manifests must be `manifests`. One that is here and points at something else stays as it is.
    mutating func takeTags(
        of batch: ArraySlice<OldRepository>,
        pointingAt manifests: Set<RepositoryManifest>,
        _ progress: (Int) -> Void
    ) async throws {
        let adoption = adoption
        let tags = batch.flatMap { repository in repository.contents.tags.map { (repository, $0.name, $0.size) } }
        try await forEach(of: tags, atOnce: Adoption.width) { repository, name, size in
            try await adoption.take(name, linkSize: size, of: repository, pointingAt: manifests)
        } take: { (outcome: Outcome) in
            switch outcome {
            case .taken: report.tags.taken += 1
            case .known: report.tags.known += 1
            case .lost(let problem): report.problems.append(problem)
            }
            done += 1
            progress(done)
        }
    }
}

extension Adoption {
    fileprivate func take(
        _ text: String,
        linkSize: Int64,
        of repository: OldRepository,
        pointingAt manifests: Set<RepositoryManifest>
    ) async throws -> Outcome {
        guard let tag = Tag(text) else {
            return .lost(repository.problem(.invalidName, text.debugDescription, "is not a name that a tag can have"))
        }
        func lost(_ kind: AdoptionProblem.Kind, _ message: String) -> Outcome {
            .lost(repository.problem(kind, "tag \(tag)", message))
        }
        if linkSize == 0 { return lost(.brokenLink, "has an empty link") }
        // A digest, and room for a newline that somebody added.
        guard linkSize <= 256 else { return lost(.brokenLink, "has a link that is no digest") }
        let link = StoredObject(key: layout.current(text, in: repository.name.description), size: linkSize)
        let content: ByteBuffer
        do {
            content = try await bytes(of: link)
        } catch let error as StorageError where error.isOfOneObject {
            return lost(.unreadable, "has a link that cannot be read: \(error)")
        }
        let words = String(buffer: content).split(whereSeparator: \.isWhitespace)
        guard words.count == 1, let digest = Digest(words[0]) else {
            return lost(.brokenLink, "has a link that is no digest")
        }
        guard manifests.contains(RepositoryManifest(repository: repository.name, digest: digest)) else {
            return lost(.brokenLink, "points at \(digest), a manifest that is not in the repository")
        }
        switch try await point(tag, at: digest, in: repository.name) {
        case nil: return .taken
        case digest?: return .known
        case let other?:
            return lost(.kept, "points at \(other) here and stays so; it was \(digest) in the old registry")
        }
    }

    /// Makes the tag, if there is none of that name.
    ///
    /// - Returns: what one that is there points at.
    private func point(_ tag: Tag, at digest: Digest, in repository: RepositoryName) async throws -> Digest? {
        if let current = try await metadata.tagged(tag, in: repository) { return current }
        // Somebody may have deleted the manifest a moment ago, and so took the tag with it.
        guard !isDryRun, let record = try await metadata.manifest(.digest(digest), in: repository) else { return nil }
        let manifest = try Manifest(record.content, contentType: record.mediaType)
        let references = try await manifest.references { try await metadata.hasManifest($0, in: repository) }
        let commit = try await metadata.putManifest(
            NewManifest(manifest, digest, record.content, references), as: .tag(tag), tags: [tag], in: repository,
            allowMissing: true, expecting: .absent, at: now())
        guard case .preconditionFailed(let current) = commit else { return nil }
        return current
    }
}
