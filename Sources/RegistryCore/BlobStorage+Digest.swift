import Dispatch
import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension BlobStorage {
    /// Reads an object once and hashes it.
    func digest(of object: StoredObject, _ algorithm: Digest.Algorithm) async throws -> Digest {
        let content = try await read(object, 0..<object.size)
        switch consume content {
        case .stream(let buffers):
            var hasher = ContentHasher(algorithm)
            for try await buffer in buffers { hasher.update(buffer) }
            return hasher.digest
        case .file(let slice):
            return try await RegistryCore.digest(of: slice, algorithm)
        }
    }
}

/// Where a file is read to its end. That blocks, and is rare: no reason to keep threads of our own for it.
private let readers = DispatchQueue(label: "registry.digest", attributes: .concurrent)

private func digest(of slice: consuming FileSlice, _ algorithm: Digest.Algorithm) async throws -> Digest {
    let (descriptor, offset, length) = (slice.descriptor, slice.offset, slice.length)
    let result: Result<Digest, any Error> = await withCheckedContinuation { continuation in
        readers.async {
            continuation.resume(returning: Result { try digest(of: descriptor, offset, length, algorithm) })
        }
    }
    // Open until here.
    _ = consume slice
    return try result.get()
}

/// Blocks.
private func digest(
    of descriptor: CInt,
    _ start: Int64,
    _ length: Int64,
    _ algorithm: Digest.Algorithm
) throws -> Digest {
    var hasher = ContentHasher(algorithm)
    let size = 256 << 10
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4096)
    defer { buffer.deallocate() }
    var offset: Int64 = 0
    while offset < length {
        let wanted = Int(min(Int64(size), length - offset))
        let count = pread(descriptor, buffer.baseAddress, wanted, off_t(start + offset))
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
            throw StorageError(.failed, count == 0 ? "the object is shorter than it was" : "read: errno \(errno)")
        }
        hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        offset += Int64(count)
    }
    return hasher.digest
}
