internal import Logging

extension Registry {
    /// Somebody asks for a blob, and may be about to name it in a manifest: near the end of its grace that counts as touching it.
    /// Whoever asks does not wait for that, and hears nothing of it.
    ///
    /// Near the end is the last quarter, so that a blob that is pulled all the time is written to once in three quarters.
    func touch(_ blob: BlobRecord) {
        let time = now()
        let grace = graceMilliseconds
        // Without a grace there is nothing to prolong, and a registry that takes no pushes collects nothing either.
        guard grace > 0, time.milliseconds - blob.touched.milliseconds > grace / 4 * 3, !settings.isReadOnly,
            touches.begin(blob.digest)
        else { return }
        Task {
            defer { touches.end(blob.digest) }
            do {
                try await metadata.touchBlob(blob.digest, at: time)
            } catch {
                // Then the next who asks does it. A database that takes no writes is heard of elsewhere.
                logger.debug("could not note that blob \(blob.digest) is asked for: \(error)")
            }
        }
    }
}

/// The blobs that are being touched, so that of many who ask for one at a time only one writes.
final class BlobTouches: Sendable {
    private let digests = Mutex<Set<Digest>>([])

    func begin(_ digest: Digest) -> Bool { digests.withLock { $0.insert(digest).inserted } }
    func end(_ digest: Digest) { digests.withLock { _ = $0.remove(digest) } }
}
