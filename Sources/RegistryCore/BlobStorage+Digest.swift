extension BlobStorage {
    /// Reads an object once and hashes it.
    func digest(of object: StoredObject, _ algorithm: Digest.Algorithm) async throws -> Digest {
        var hasher = ContentHasher(algorithm)
        for try await buffer in try await read(object, 0..<object.size).buffers() { hasher.update(buffer) }
        return hasher.digest
    }
}
