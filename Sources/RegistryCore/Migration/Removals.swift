/// Deletes the bytes of objects whose rows are gone.
package struct Removals: Sendable {
    private let metadata: any MetadataStore
    private let backends: BackendSet
    private let now: @Sendable () -> Timestamp

    package init(
        metadata: any MetadataStore,
        backends: BackendSet,
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.metadata = metadata
        self.backends = backends
        self.now = now
    }

    /// What came of it. `failed`: what could not be deleted, and stays to be tried again. `nextDue`: when the next is to go, of
    /// those that are not due yet.
    package struct Outcome: Sendable {
        package var removed = 0
        package var failed: [ObjectKey: any Error] = [:]
        package var nextDue: Timestamp?
    }

    /// Objects that a backend is asked to delete at once.
    var batch = 500

    /// Deletes what is due, batch by batch, on one backend or (nil) on all that the configuration has. What cannot be deleted
    /// stays, and holds up no other; but a backend that is not there is left at its first failure.
    package func removeDue(on backend: String?) async throws -> Outcome {
        var outcome = Outcome()
        for name in backend.map({ [$0] }) ?? backends.all.keys.sorted() {
            guard let storage = backends.all[name] else { continue }
            try await removeDue(from: storage, name, &outcome)
        }
        return outcome
    }

    private func removeDue(from storage: any BlobStorage, _ name: String, _ outcome: inout Outcome) async throws {
        var stuck: Set<ObjectKey> = []
        while true {
            try Task.checkCancellation()
            // Those that stay come first every time.
            let page = try await metadata.removals(on: name, limit: batch + stuck.count)
            let time = now()
            if let next = page.first(where: { $0.due > time })?.due {
                outcome.nextDue = min(next, outcome.nextDue ?? next)
            }
            let due = page.filter { $0.due <= time && !stuck.contains($0.key) }
            guard !due.isEmpty else { return }
            let (gone, failed) = try await delete(due, from: storage)
            try await metadata.endRemovals(gone)
            outcome.removed += gone.count
            outcome.failed.merge(failed) { $1 }
            stuck.formUnion(failed.keys)
            if failed.values.contains(where: \.isOfWholeBackend) { return }
        }
    }

    private func delete(
        _ due: [Removal], from storage: any BlobStorage
    ) async throws -> (gone: [Removal], failed: [ObjectKey: any Error]) {
        let own = due.filter { !$0.key.isForeign }
        var failed = own.isEmpty ? [:] : await storage.delete(own.map(\.key))
        var gone = own.filter { failed[$0.key] == nil }
        // A key of ours is used once. An adopted registry's file may have been adopted again since the page was read.
        for removal in due where removal.key.isForeign {
            if failed.values.contains(where: \.isOfWholeBackend) { break }
            guard try await !metadata.hasObject(removal.key, on: removal.backend) else { continue }
            if let error = await storage.delete([removal.key])[removal.key] {
                failed[removal.key] = error
            } else {
                gone.append(removal)
            }
        }
        return (gone, failed)
    }
}

extension Error {
    /// It is about the backend, and not about one of its objects.
    fileprivate var isOfWholeBackend: Bool {
        guard let error = self as? StorageError else { return false }
        return error.code == .unavailable || error.code == .slowDown || error.code == .misconfigured
    }
}
