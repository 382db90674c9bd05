extension AdoptionRun {
    /// Makes the blobs' files ours, so that garbage collection deletes those that nobody needs.
    ///
    /// Last, when every manifest is here that says what is needed. Of a repository that did not come as a whole something may be
    /// needed that nobody here knows of: its images can still be mended in the old registry, and adopted then.
    mutating func own() async throws {
        let flawed = Set(report.losses.map(\.repository))
        var isDone = Array(repeating: false, count: inventory.count)
        for (name, contents) in inventory.repositories where RepositoryName(name) == nil || flawed.contains(name) {
            for number in contents.layers where !isDone[Int(number)] {
                isDone[Int(number)] = true
                if let object = taken(number) { report.unowned.add(object.size) }
            }
        }
        guard !adoption.isDryRun else { return }
        for repository in repositories {
            var blobs: [AdoptedBlob] = []
            for number in repository.contents.layers where !isDone[Int(number)] {
                isDone[Int(number)] = true
                if let object = taken(number) {
                    blobs.append(AdoptedBlob(digest: inventory.digest(number), object: object))
                }
            }
            var rest = blobs[...]
            while !rest.isEmpty {
                try Task.checkCancellation()
                // A transaction holds up everybody else who writes.
                _ = try await adoption.metadata.adoptBlobs(
                    Array(rest.prefix(500)), on: adoption.backend, into: repository.name, owning: true,
                    at: adoption.now())
                rest = rest.dropFirst(500)
            }
        }
    }

    /// The old file of a blob that is here.
    private func taken(_ number: DistributionInventory.Number) -> StoredObject? {
        guard standings[Int(number)] != .unseen, case .object(let object) = inventory.data(number) else { return nil }
        return object
    }
}
