// Taking from the source what the target has: first the row, when the target has said that it has the object; then the bytes, when
// nobody can have been sent to them any more.
extension Migrator {
    func takeFromSource(_ source: any BlobStorage, _ target: any BlobStorage) async throws {
        let lifetime = source.limits.urlLifetime ?? .zero
        var last: Digest?
        while true {
            let after = last
            let page = try await patiently(nil) {
                try await metadata.blobs(
                    onBoth: migration.source, and: migration.target, onlyAdopted: migration.onlyAdopted, after: after,
                    limit: 200)
            }
            guard let end = page.last else { break }
            try await mayTake()
            try await forEach(of: page, atOnce: max(16, migration.jobs)) { [self] blob, key in
                guard try await has(StoredObject(key: key, size: blob.size), target, blob.digest) else { return }
                // False: somebody else was faster.
                _ = try await patiently(nil) {
                    try await metadata.forgetLocation(
                        of: blob, on: migration.source, keeping: migration.target, due: now() + lifetime)
                }
            } take: { (_: Void) in
            }
            last = end.source.digest
        }
        try await removeBytes()
    }

    /// Asks the target for a blob's first byte, which says whether all are there: their number comes with it.
    private func has(_ object: StoredObject, _ target: any BlobStorage, _ digest: Digest) async throws -> Bool {
        do {
            try await patiently(migration.target) {
                for try await _ in try await target.read(object, 0..<min(1, object.size)).buffers() {}
            }
            return true
        } catch let error as StorageError where error.code != .misconfigured {
            if error.code == .objectMissing || error.code == .objectDamaged {
                // Then the next run copies it again.
                let place = BlobLocation(backend: migration.target, key: object.key)
                guard try await noteDamage("\(error)", of: digest, place) else { return false }
            }
            try await note("\(migration.target) lost it, so \(migration.source) keeps it: \(error)", of: digest)
            return false
        }
    }

    private func removeBytes() async throws {
        let removals = Removals(metadata: metadata, backends: backends, now: now)
        var isTold = false
        while true {
            let outcome = try await patiently(migration.source) { try await removals.removeDue(on: migration.source) }
            removed.withLock { $0 += outcome.removed }
            if let error = outcome.failed.values.first {
                guard (error as? StorageError).map({ $0.code == .unavailable || $0.code == .slowDown }) == true else {
                    throw error
                }
                try await patiently(migration.source) { try await backends.named(migration.source).ready() }
                // It may answer, and still refuse to delete.
                try await time.pause(.seconds(1))
                continue
            }
            guard let due = outcome.nextDue else { return }
            let left = due.milliseconds - now().milliseconds
            guard left > 0 else { continue }
            if !isTold { report(.waitingForReaders(until: due)) }
            isTold = true
            try await time.pause(.milliseconds(left))
        }
    }
}
