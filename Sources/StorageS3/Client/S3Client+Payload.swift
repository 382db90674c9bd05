import Glibc
import NIOCore
import RegistryCore
import Synchronization

extension S3Client {
    /// Whether signatures cover what is sent (`payload-signing`).
    var signsPayloads: Bool { options.payloadSigning.covers(address.endpoint.scheme) }

    /// What to sign of the body of a part or an object: its hash, if `payload-signing` wants that.
    ///
    /// - Parameter digest: the body's, if it is known; a sha256 needs no hashing.
    func payload(of body: TransportRequest.Body, digest: Digest? = nil) async throws -> PayloadHash {
        if let known = digest.flatMap({ PayloadHash($0) }) { return known }
        guard signsPayloads else { return .unsigned }
        // A part takes milliseconds.
        return try await elsewhere { try sha256(body) }
    }
}

private func sha256(_ body: TransportRequest.Body) throws -> PayloadHash {
    var hasher = ContentHasher(.sha256)
    switch body {
    case .none: return .empty
    case .buffers(let buffers): for buffer in buffers { hasher.update(buffer) }
    case .file(let descriptor, let offset, let length, _):
        try hasher.update(descriptor, offset..<offset + length)
    case .stream: return .unsigned
    }
    return .sha256(hex: hasher.digest.hex)
}

extension ContentHasher {
    /// Bytes of a file that was written lately.
    fileprivate mutating func update(_ descriptor: CInt, _ range: Range<Int64>) throws {
        let size = 256 << 10
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4096)
        defer { memory.deallocate() }
        var offset = range.lowerBound
        while offset < range.upperBound {
            let wanted = Int(min(Int64(size), range.upperBound - offset))
            let count = pread(descriptor, memory.baseAddress, wanted, off_t(offset))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw StorageError(.failed, "the spool file cannot be read up to its length") }
            update(UnsafeRawBufferPointer(rebasing: memory[..<count]))
            offset += Int64(count)
        }
    }
}
