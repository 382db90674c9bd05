internal import Logging

// What migration leaves behind: copies that nobody goes on with, and objects whose rows are gone.
extension Registry {
    /// Whoever makes a copy touches it each minute, whatever an upload's life is.
    private static let leastCopyIdle = Duration.seconds(30 * 60)

    /// Removes what a crash of `registryd migrate` left of copies, once. Those on a backend that the configuration does not have
    /// stay: it may come back.
    package func removeIdleCopies() async {
        do {
            let time = now() - max(settings.uploadIdle, Self.leastCopyIdle)
            let backends = backends
            for copy in try await metadata.idleCopies(since: time, limit: 1000) {
                guard let storage = backends.all[copy.backend] else { continue }
                do {
                    // Without this one that was only asleep might make the blob's location of an object that goes.
                    guard try await metadata.takeOverCopy(copy) else { continue }
                    try await storage.discard(copy.plan, nil)
                    try await metadata.endCopy(copy.id)
                    logger.notice("removed what was left of a copy of \(copy.digest) to \(copy.backend)")
                } catch {
                    logger.warning("could not remove what is left of copy \(copy.id) on \(copy.backend): \(error)")
                }
            }
        } catch {
            logger.warning("could not list idle copies: \(error)")
        }
    }

    /// Deletes the bytes of objects whose rows are gone, and that nobody can be reading any more.
    package func removeDueObjects() async {
        do {
            // Most often there is nothing, and then this is all that it costs.
            guard let first = try await metadata.removals(on: nil, limit: 1).first, first.due <= now() else { return }
            let outcome = try await Removals(metadata: metadata, backends: backends, now: now).removeDue(on: nil)
            if outcome.removed > 0 { logger.info("deleted \(outcome.removed) objects that no row names any more") }
            if let (key, error) = outcome.failed.first {
                logger.warning(
                    "could not delete \(outcome.failed.count) objects that nobody needs, such as \(key); later again: \(error)"
                )
            }
        } catch is CancellationError {
            // The server stops.
        } catch {
            logger.warning("could not remove what no row names any more: \(error)")
        }
    }
}
