internal import Logging

// What goes on beside requests: sessions that nobody goes on with end, and what a crash left of an upload goes. What migration
// leaves behind is in Registry+Leftovers.swift.
extension Registry {
    /// How often backends are asked for uploads that nobody knows of.
    private static let abandonedInterval = Duration.seconds(3600)

    /// Removes sessions that have been idle for too long, what is left of others, and what migration leaves behind, until
    /// cancelled. Errors are logged and whatever it was is tried again later.
    package func maintain() async {
        var next = ContinuousClock.now
        while !Task.isCancelled {
            let isDue = ContinuousClock.now >= next
            if await removeLeftovers(abandoned: isDue), isDue { next = .now + Self.abandonedInterval }
            let pause = min(settings.uploadIdle / 4, .seconds(60))
            try? await Task.sleep(for: max(pause, .milliseconds(100)))
        }
    }

    /// All of that once; `abandoned`: what only a look at the backends shows, too. False: the registry is read-only, and
    /// everything stays for afterwards.
    func removeLeftovers(abandoned: Bool) async -> Bool {
        if settings.isReadOnly { return false }
        if abandoned {
            await removeAbandonedUploads()
            await removeExpiredTokens()
        }
        do {
            try await removeIdleUploads()
        } catch {
            logger.warning("could not list idle uploads: \(error)")
        }
        await removeIdleCopies()
        await removeDueObjects()
        return true
    }

    /// For so long it can be seen of a token that it is over.
    private static let expiredTokens = Duration.seconds(7 * 24 * 3600)

    private func removeExpiredTokens() async {
        do {
            try await metadata.removeExpiredTokens(before: now() - Self.expiredTokens)
        } catch {
            logger.warning("could not remove expired tokens: \(error)")
        }
    }

    /// Goes through the sessions that have been idle for too long, once, and removes those that it can: how many.
    @discardableResult
    package func removeIdleUploads() async throws -> Int {
        let time = now() - settings.uploadIdle
        var last: UploadSession?
        var (removed, failed) = (0, 0)
        var failure: String?
        repeat {
            // Those that stay, for whatever reason, must not stand before the others.
            let page = try await metadata.idleUploads(since: time, after: last, limit: 100)
            for session in page {
                do {
                    if try await removeIdle(session) { removed += 1 }
                } catch {
                    failed += 1
                    failure = failure ?? "\(session.id): \(error)"
                }
            }
            last = page.last
        } while last != nil && !Task.isCancelled
        // One line, as a backend that is away keeps them all.
        if let failure { logger.warning("could not remove \(failed) idle uploads; later again: \(failure)") }
        return removed
    }

    /// False: a request has it, so it is not idle.
    private func removeIdle(_ session: UploadSession) async throws -> Bool {
        do {
            try await active.alone(with: session.id) { try await remove(session) }
            return true
        } catch let error as RegistryError where error.code == .uploadBusy {
            return false
        }
    }

    /// Removes what backends still have of uploads that have no session: a crash came between the end of the session and the
    /// removal of its bytes, or a power failure took the session.
    package func removeAbandonedUploads() async {
        for (name, storage) in backends.all {
            do {
                for try await id in storage.unfinished() {
                    if Task.isCancelled { return }
                    do {
                        try await removeAbandoned(id, from: storage, name)
                    } catch {
                        logger.warning("could not remove abandoned upload \(id) from \(name): \(error)")
                    }
                }
            } catch {
                logger.warning("could not list unfinished uploads on \(name): \(error)")
            }
        }
    }

    private func removeAbandoned(_ id: UploadID, from storage: any BlobStorage, _ backend: String) async throws {
        // The row is there before the first byte, and goes when the bytes are an object's or nobody's. This is asked before the
        // upload is taken: a client that goes on right after a restart must not find it busy.
        guard try await metadata.upload(id) == nil, try await !metadata.hasCopy(id) else { return }
        do {
            try await active.alone(with: id) {
                let plan = UploadPlan(id: id)
                // It may have been committed since it was listed, where keys do not change even under the plan's.
                guard try await !metadata.hasObject(plan.key, on: backend) else { return }
                try await storage.discard(plan, nil)
                logger.notice("removed abandoned upload \(id) from \(backend)")
            }
        } catch let error as RegistryError where error.code == .uploadBusy {
            // A request has it.
        }
    }

    /// Ends a session that no request will go on with.
    func expire(_ id: UploadID) async {
        do {
            if let session = try await metadata.upload(id) { try await remove(session) }
        } catch {
            logger.warning("could not remove upload \(id), it will expire: \(error)")
        }
    }

    /// Takes the session from whoever else might have it, then its bytes, then its row.
    func remove(_ session: UploadSession) async throws {
        var session = session
        do {
            guard try await metadata.saveUpload(session) else { throw conflict(session.id) }
            session.epoch += 1
        } catch let error as MetadataError where error.code == .full {
            // The bytes may be what fills the disk that the row needs. A row without bytes is found out by whoever goes on with
            // it, and there is nobody who would.
            logger.debug("upload \(session.id) gives its bytes back first: \(error)")
        }
        if let storage = backends.all[session.backend] {
            try await storage.discard(UploadPlan(id: session.id, digest: session.probableDigest), session.checkpoint)
        } else {
            // Should the backend come back, what it has of the upload is found there.
            logger.warning(
                "removed upload \(session.id) alone: the configuration does not have its backend \(session.backend)")
        }
        _ = try await metadata.endUpload(session)
    }
}
