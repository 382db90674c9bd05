import NIOCore

// One blob: whether it is what it ought to be, and what is done if it is not.
extension Scrubber {
    func check(_ blob: BlobOnBackend, isDamaged: Bool, on storage: any BlobStorage) async throws {
        let location = BlobLocation(backend: scrub.backend, key: blob.key)
        let reason: String?
        do {
            reason = try await lastingFlaw(of: blob, on: storage)
        } catch let error as StorageError where error.code == .failed {
            try Task.checkCancellation()
            noteUnreadable(blob.digest, error)
            return
        }
        guard let reason else {
            guard isDamaged else { return }
            let isNews = try await patience.wait(for: nil) {
                try await metadata.forgetDamage(of: blob.digest, at: location)
            }
            if isNews { report(.passed(blob)) }
            return
        }
        let since = now()
        let isThere = try await patience.wait(for: nil) {
            try await metadata.noteDamage(reason, of: blob.digest, at: location, at: since)
        }
        // Somebody deleted or moved the blob, or pushed it again.
        guard isThere, noteDamaged(blob.digest) else { return }
        let damage = BlobDamage(blob: blob, backend: scrub.backend, reason: reason, since: since)
        let described = try await patience.wait(for: nil) { try await metadata.describe(damage) }
        report(.damaged(described))
        if scrub.repairs { try await repair(described, on: storage) }
    }

    /// What is wrong with the object, and was so twice, on a backend that says that it is well; nil: nothing.
    private func lastingFlaw(of blob: BlobOnBackend, on storage: any BlobStorage) async throws -> String? {
        func flaw() async throws -> String? {
            try await patience.wait(for: scrub.backend) { try await self.flaw(of: blob, on: storage) }
        }
        guard try await flaw() != nil else { return nil }
        try await patience.wait(for: scrub.backend) { try await storage.ready() }
        return try await flaw()
    }

    /// Reads the object once.
    private func flaw(of blob: BlobOnBackend, on storage: any BlobStorage) async throws -> String? {
        var hasher = ContentHasher(blob.digest.algorithm)
        var size: Int64 = 0
        do {
            for try await buffer in try await storage.read(blob.object, 0..<blob.size).buffers() {
                try Task.checkCancellation()
                hasher.update(buffer)
                size += Int64(buffer.readableBytes)
                read(buffer.readableBytes)
                try await pace.take(buffer.readableBytes)
            }
        } catch let error as StorageError where error.code == .objectMissing || error.code == .objectDamaged {
            return "\(error)"
        }
        guard size == blob.size else { return "it has \(size) bytes and ought to have \(blob.size)" }
        let digest = hasher.digest
        return digest == blob.digest ? nil : "its content has digest \(digest)"
    }

    // MARK: Repairing

    /// Copies the blob from the first backend that gives a good one, in place of the damaged one. What is an adopted registry's
    /// stays as it is, and is not looked at any more.
    private func repair(_ damaged: DamagedBlob, on storage: any BlobStorage) async throws {
        let digest = damaged.damage.blob.digest
        let locations = try await patience.wait(for: nil) { try await metadata.locations(of: digest) }
        for location in locations where !location.isDamaged {
            // Somebody has pushed it again.
            if location.backend == scrub.backend { return }
            guard let source = backends.all[location.backend] else { continue }
            let copier = BlobCopier(
                metadata: metadata, source: source, target: storage, targetName: scrub.backend, pace: pace, time: time,
                now: now)
            var blob = damaged.damage.blob
            blob.key = location.key
            do {
                let outcome = try await patience.wait(for: nil, copying: (location.backend, scrub.backend)) {
                    try await copier.copy(blob) { read($0) }
                }
                await copier.dropLeftovers()
                // Otherwise it was pushed meanwhile, or is gone.
                guard outcome == .stored else { return }
                noteRepaired()
                report(.repaired(damaged.damage, from: location.backend))
                return
            } catch {
                await copier.dropLeftovers()
                try await note(error, of: blob, from: location)
            }
        }
    }

    /// Why a copy could not be made. Throws when that is no matter of this blob.
    private func note(_ error: any Error, of blob: BlobOnBackend, from location: BlobLocation) async throws {
        try Task.checkCancellation()
        let reason: String
        func noteDamage(_ what: String) async throws -> String {
            _ = try await patience.wait(for: nil) {
                try await metadata.noteDamage(what, of: blob.digest, at: location, at: now())
            }
            return "it is damaged there, too: \(what)"
        }
        switch error as? CopyFailure {
        case .damaged(let what):
            reason = try await noteDamage(what)
        case .source(let error as StorageError) where error.code == .objectMissing || error.code == .objectDamaged:
            reason = try await noteDamage("\(error)")
        case .source(let error as StorageError) where error.code != .misconfigured:
            reason = "\(location.backend) cannot read it: \(error)"
        case .target(let error as StorageError) where error.code != .misconfigured && error.code != .full:
            reason = "\(scrub.backend) does not take it: \(error)"
        case .source(let error), .target(let error):
            throw error
        case nil:
            throw error
        }
        report(.notRepaired(blob.digest, from: location.backend, reason: reason))
    }
}
