internal import Logging

// Where the bytes of a blob are read from. They may be on several backends, and move while somebody reads.
extension Registry {
    private typealias Failure = (location: BlobLocation, error: StorageError)

    /// The bytes of a range of a blob: from the active backend if it is there, otherwise, or if that does not give them, from
    /// any other.
    package func content(of blob: BlobRecord, _ range: Range<Int64>) async throws -> BlobContent {
        var failures: [Failure] = []
        if let content = try await content(of: blob, at: blob.locations, range, &failures) { return content }
        // Since the row was read the blob may have moved to another backend, and its bytes gone from here.
        let locations = try await metadata.locations(of: blob.digest)
        if let content = try await content(of: blob, at: locations, range, &failures) { return content }
        // Garbage collection came in between.
        if locations.isEmpty { throw RegistryError(.blobUnknown, "blob \(blob.digest) is not known any more") }
        guard let (location, error) = failures.first else {
            let names = blob.locations.map(\.backend).joined(separator: ", ")
            throw RegistryError(
                .failed, "blob \(blob.digest) is on \(names), which the configuration does not have")
        }
        guard error.code == .objectMissing else { throw error }
        throw RegistryError(
            .failed, "blob \(blob.digest) is damaged: backend \(location.backend) lost its bytes", cause: error)
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
                let content = try await storage.read(StoredObject(key: location.key, size: blob.size), range)
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
        case .objectMissing, .unavailable, .slowDown: true
        case .checkpointLost, .full, .tooLarge, .misconfigured, .failed: false
        }
    }
}
