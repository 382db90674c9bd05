import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension BlobStorage {
    /// Reads an object once and hashes it.
    func digest(of object: StoredObject, _ algorithm: Digest.Algorithm) async throws -> Digest {
        var hasher = ContentHasher(algorithm)
        switch try await read(object, 0..<object.size) {
        case .stream(let buffers):
            for try await buffer in buffers { hasher.update(buffer) }
        case .file(let slice):
            hasher = try await hash(slice, hasher)
        }
        return hasher.digest
    }

    /// Off the caller's executor: reading a file blocks.
    @concurrent
    private func hash(_ slice: consuming FileSlice, _ hasher: ContentHasher) async throws -> ContentHasher {
        var hasher = hasher
        let size = 256 << 10
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4096)
        defer { buffer.deallocate() }
        var offset: Int64 = 0
        while offset < slice.length {
            let wanted = Int(min(Int64(size), slice.length - offset))
            let count = pread(slice.descriptor, buffer.baseAddress, wanted, off_t(slice.offset + offset))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw StorageError(.failed, count == 0 ? "the object is shorter than it was" : "read: errno \(errno)")
            }
            hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            offset += Int64(count)
        }
        return hasher
    }
}
