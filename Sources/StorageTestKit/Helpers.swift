import Glibc
import NIOCore
import RegistryCore

/// `size` bytes, the same each time for the same seed: numbered blocks of an odd length, so that whatever is lost, doubled or
/// swapped shows.
func content(_ size: Int, seed: UInt64 = 1) -> ByteBuffer {
    var buffer = ByteBufferAllocator().buffer(capacity: size + 8 + block.readableBytes)
    var number = seed &* 0x9e37_79b9_7f4a_7c15
    while buffer.readableBytes < size {
        buffer.writeInteger(number)
        buffer.writeImmutableBuffer(block)
        number &+= 1
    }
    return buffer.getSlice(at: buffer.readerIndex, length: size) ?? buffer
}

private let block: ByteBuffer = {
    var state: UInt64 = 1
    return ByteBuffer(
        bytes: (0..<4081).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state)
        })
}()

func slice(_ buffer: ByteBuffer, _ range: Range<Int>) -> ByteBuffer {
    buffer.getSlice(at: buffer.readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer()
}

func digest(of content: ByteBuffer, _ algorithm: Digest.Algorithm = .sha256) -> Digest {
    var hasher = ContentHasher(algorithm)
    hasher.update(content)
    return hasher.digest
}

/// A plan as a push makes it that names its digest at once.
func plan(_ content: ByteBuffer, _ algorithm: Digest.Algorithm = .sha256) -> UploadPlan {
    UploadPlan(id: UploadID(), length: Int64(content.readableBytes), digest: digest(of: content, algorithm))
}

extension BlobStorage {
    /// A whole upload, appended by pieces of `piece` bytes.
    func push(_ content: ByteBuffer, _ plan: UploadPlan? = nil, piece: Int = 256 << 10) async throws -> StoredObject {
        let upload = try await upload(plan ?? StorageTestKit.plan(content))
        try await upload.append(content, piece: piece)
        return try await upload.commit(as: digest(of: content))
    }

    /// A request that appends, makes it safe and ends: the upload object is gone afterwards.
    func patch(_ content: ByteBuffer, _ plan: UploadPlan, from checkpoint: UploadCheckpoint? = nil) async throws
        -> UploadCheckpoint
    {
        let upload = if let checkpoint { try await resume(plan, from: checkpoint) } else { try await upload(plan) }
        try await upload.append(content, piece: 256 << 10)
        return try await upload.checkpoint()
    }

    /// A request that appends the rest and commits.
    func finish(
        _ content: ByteBuffer,
        _ plan: UploadPlan,
        from checkpoint: UploadCheckpoint,
        as digest: Digest
    ) async throws -> StoredObject {
        let upload = try await resume(plan, from: checkpoint)
        try await upload.append(content, piece: 256 << 10)
        return try await upload.commit(as: digest)
    }

    func allObjects(after: ObjectKey? = nil) async throws -> [StoredObject] {
        var all: [StoredObject] = []
        for try await object in objects(after: after) { all.append(object) }
        return all
    }

    /// The object is not there for anybody.
    func expectMissing(_ object: StoredObject, file: String = #fileID, line: Int = #line) async throws {
        try await expect(.objectMissing, "reading \(object.key)", file: file, line: line) {
            _ = try await collect(try await read(object, 0..<object.size))
        }
    }

    /// No object at all.
    func expectEmpty(file: String = #fileID, line: Int = #line) async throws {
        try expect(try await allObjects().map(\.key), is: [], "the list of objects", file: file, line: line)
    }
}

extension BlobUpload {
    func append(_ content: ByteBuffer, piece: Int) async throws {
        var rest = content
        while let next = rest.readSlice(length: min(piece, rest.readableBytes)), next.readableBytes > 0 {
            try await append(next)
        }
    }
}

/// All bytes of a content.
func collect(_ content: consuming BlobContent) async throws -> ByteBuffer {
    var all = ByteBuffer()
    switch consume content {
    case .bytes(let bytes): all.writeImmutableBuffer(bytes)
    case .stream(let buffers):
        for try await var buffer in buffers { all.writeBuffer(&buffer) }
    case .file(let file):
        let length = Int(file.length)
        let (descriptor, offset) = (file.descriptor, file.offset)
        try all.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { memory in
            var count = 0
            while count < length {
                let rest = UnsafeMutableRawBufferPointer(rebasing: memory[count..<length])
                let more = pread(descriptor, rest.baseAddress, rest.count, off_t(offset) + count)
                guard more > 0 else {
                    throw StorageError(.failed, "the file ends \(length - count) bytes early, or cannot be read")
                }
                count += more
            }
            return count
        }
    }
    return all
}
