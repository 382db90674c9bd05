internal import Logging
internal import NIOCore

// Where the bytes of a blob are read from. They may be on several backends, and move while somebody reads.
extension Registry {
    private typealias Failure = (location: BlobLocation, error: StorageError)

    /// The bytes of a range of a blob: from the active backend if it is there, otherwise, or if that does not give them, from
    /// any other.
    package func content(of blob: BlobRecord, _ range: Range<Int64>) async throws -> BlobContent {
        if let bytes = smallBlobs[blob, range] { return .bytes(bytes) }
        var failures: [Failure] = []
        defer { noteDamage(of: blob, failures) }
        if let content = try await content(of: blob, at: blob.locations, range, &failures) { return content }
        // Since the row was read the blob may have moved to another backend, and its bytes gone from here.
        let locations = try await metadata.locations(of: blob.digest)
        if let content = try await content(of: blob, at: locations, range, &failures) { return content }
        // Garbage collection came in between.
        if locations.isEmpty { throw RegistryError(.blobUnknown, "blob \(blob.digest) is not known any more") }
        guard let (location, error) = failures.first else {
            let damaged = locations.filter(\.isDamaged).map(\.backend)
            if !damaged.isEmpty {
                throw RegistryError(
                    .failed,
                    "blob \(blob.digest) is damaged on \(damaged.joined(separator: ", ")): push it again, or ask whoever "
                        + "runs the registry for registryd scrub")
            }
            let names = blob.locations.map(\.backend).joined(separator: ", ")
            throw RegistryError(
                .unavailable, "blob \(blob.digest) is on \(names), which the configuration does not have")
        }
        guard error.isDamage else { throw error }
        let what = error.code == .objectMissing ? "lost its bytes" : "has other bytes than were stored"
        throw RegistryError(
            .failed, "blob \(blob.digest) is damaged: backend \(location.backend) \(what)", cause: error)
    }

    /// A range of a blob broke off on its way to a client, for this reason. If that is damage it is noted, as is what shows before
    /// the first byte; if it is the client's or the network's it is nobody's matter.
    package func sendingFailed(_ error: any Error, _ blob: BlobRecord, _ range: Range<Int64>) {
        // It was read from there, unless that had failed already.
        guard let error = error as? StorageError, let location = backends.preferred(blob.locations) else { return }
        noteDamage(of: blob, [(location, error)], in: range)
    }

    /// So that nobody looks there again, and everybody who asks for damage hears of it. Whoever wants the blob does not wait
    /// for that.
    ///
    /// - Parameter range: where to look again; nil: at the beginning.
    private func noteDamage(of blob: BlobRecord, _ failures: [Failure], in range: Range<Int64>? = nil) {
        let digest = blob.digest
        let found = failures.filter(\.error.isDamage)
        guard !found.isEmpty, damages.begin(digest) else { return }
        Task {
            defer { damages.end(digest) }
            for (location, error) in found {
                do {
                    guard try await isDamaged(blob, range ?? 0..<min(1, blob.size), at: location) else { continue }
                    // It may have moved, or gone with the blob: then there is nothing to note.
                    guard try await metadata.noteDamage("\(error)", of: digest, at: location, at: now()) else {
                        continue
                    }
                    logger.error("blob \(digest) is damaged on \(location.backend); registryd scrub: \(error)")
                } catch {
                    // Then the next who asks finds it.
                    logger.warning("could not note that blob \(digest) is damaged: \(error)")
                }
            }
        }
    }

    /// What one answer says may be a proxy's: it counts when the backend is well and says so again.
    private func isDamaged(_ blob: BlobRecord, _ range: Range<Int64>, at location: BlobLocation) async throws -> Bool {
        guard let storage = backends.all[location.backend] else { return false }
        try await storage.ready()
        let object = StoredObject(key: location.key, size: blob.size)
        if try await storage.damage(to: object, in: range) != nil { return true }
        guard blob.size <= SmallBlobs.largest else { return false }
        return try await storage.digest(of: object, blob.digest.algorithm) != blob.digest
    }

    /// Looks whether the bytes of a small blob are those of its digest, and remembers them. What a disk has to be waited for is
    /// left to whoever sends it; the next one finds it in memory.
    private func verified(
        _ content: consuming BlobContent,
        _ blob: BlobRecord,
        _ range: Range<Int64>
    ) async throws -> BlobContent {
        guard range == 0..<blob.size, blob.size <= SmallBlobs.largest else { return content }
        var bytes = ByteBuffer()
        switch consume content {
        case .bytes(let all): bytes = all
        case .stream(let buffers): for try await buffer in buffers { bytes.writeImmutableBuffer(buffer) }
        case .file(let slice):
            bytes = slice.atHand(at: 0, count: Int(slice.length))
            guard bytes.readableBytes == slice.length else { return .file(slice) }
        }
        var hasher = ContentHasher(blob.digest.algorithm)
        hasher.update(bytes)
        guard hasher.digest == blob.digest else {
            throw StorageError(
                .objectDamaged, "blob \(blob.digest) is damaged: its content has digest \(hasher.digest)")
        }
        smallBlobs.insert(bytes, blob.digest)
        return .bytes(bytes)
    }

    /// The bytes from the first of the locations that gives them; those that have failed are not asked again. nil: none does.
    private func content(
        of blob: BlobRecord,
        at locations: [BlobLocation],
        _ range: Range<Int64>,
        _ failures: inout [Failure]
    ) async throws -> BlobContent? {
        let backends = backends
        while let location = backends.preferred(locations, besides: failures.map(\.location)),
            let storage = backends.all[location.backend]
        {
            do {
                let content = try await verified(
                    try await storage.read(StoredObject(key: location.key, size: blob.size), range), blob, range)
                // Not worth a word when it has moved.
                if let first = failures.first, locations.contains(first.location) {
                    logger.warning(
                        "blob \(blob.digest) comes from \(location.backend), not \(first.location.backend): \(first.error)"
                    )
                }
                return content
            } catch let error as StorageError where error.mayBeElsewhere {
                failures.append((location, error))
            }
        }
        return nil
    }

    /// Where clients are to fetch a blob by themselves; nil: here.
    package func url(of blob: BlobRecord) async throws -> ObjectURL? {
        let backends = backends
        guard let location = backends.preferred(blob.locations), let storage = backends.all[location.backend] else {
            return nil
        }
        return try await storage.url(StoredObject(key: location.key, size: blob.size))
    }
}

extension StorageError {
    /// Another backend may give what this one does not.
    fileprivate var mayBeElsewhere: Bool {
        switch code {
        case .objectMissing, .objectDamaged, .unavailable, .slowDown: true
        case .checkpointLost, .full, .tooLarge, .misconfigured, .failed: false
        }
    }
}
