extension BlobStorage {
    /// Reads a range of an object: why its bytes are not there as they were stored; nil: they are.
    func damage(to object: StoredObject, in range: Range<Int64>) async throws -> StorageError? {
        do {
            for try await _ in try await read(object, range).buffers() {}
            return nil
        } catch let error as StorageError where error.isDamage {
            return error
        }
    }
}

extension StorageError {
    /// The object is not there as it was stored, and will not be again by itself.
    var isDamage: Bool { code == .objectMissing || code == .objectDamaged }
}
