import NIOCore
import RegistryCore

/// What a checkpoint's state says: which parts the server has, and where the bytes after them are.
struct S3Checkpoint: Sendable, Hashable {
    /// Of the layout below.
    private static let version: UInt8 = 2

    struct Multipart: Sendable, Hashable {
        var key: ObjectKey
        var uploadID: String
        /// Of parts 1, 2, …
        var etags: [String] = []
    }
    /// Bytes of every part but the last.
    var partSize: Int64
    /// nil: none was begun.
    var multipart: Multipart?
    /// Which of the two spool files has the bytes after the last part.
    var generation: Int
    /// That file's.
    var stamp: UInt64
    /// How many those are.
    var spooled: Int64

    var offset: Int64 { sent + spooled }

    /// Whether the upload can still become what `plan` says: a multipart upload has had its key since it began.
    func hasKey(of plan: UploadPlan) -> Bool {
        multipart.map { [UploadPlan(id: plan.id).key, plan.key].contains($0.key) } ?? true
    }

    /// What the server has.
    private var sent: Int64 { Int64(multipart?.etags.count ?? 0) * partSize }

    init(partSize: Int64, multipart: Multipart?, generation: Int, stamp: UInt64, spooled: Int64) {
        self.partSize = partSize
        self.multipart = multipart
        self.generation = generation
        self.stamp = stamp
        self.spooled = spooled
    }

    /// Version, part size, generation, stamp, bytes spooled; then nothing, or key, upload id, number of ETags, ETags.
    /// Numbers are big-endian, texts have their length before them.
    var checkpoint: UploadCheckpoint {
        var bytes = ByteBuffer()
        bytes.writeInteger(Self.version)
        bytes.writeInteger(partSize)
        bytes.writeInteger(UInt8(generation))
        bytes.writeInteger(stamp)
        bytes.writeInteger(spooled)
        if let multipart {
            bytes.write(text: multipart.key.description)
            bytes.write(text: multipart.uploadID)
            bytes.writeInteger(UInt16(multipart.etags.count))
            for etag in multipart.etags { bytes.write(text: etag) }
        }
        return UploadCheckpoint(offset: offset, state: Array(bytes.readableBytesView), fallback: sent)
    }

    /// Throws `checkpointLost` when it is not one of ours.
    init(_ checkpoint: UploadCheckpoint, of id: UploadID) throws(StorageError) {
        var bytes = ByteBuffer(bytes: checkpoint.state)
        guard bytes.readInteger() == Self.version, let decoded = Self(&bytes), bytes.readableBytes == 0,
            decoded.offset == checkpoint.offset
        else { throw StorageError(.checkpointLost, "upload \(id): a checkpoint of another kind") }
        self = decoded
    }

    private init?(_ bytes: inout ByteBuffer) {
        guard let partSize = bytes.readInteger(as: Int64.self), partSize > 0,
            let generation = bytes.readInteger(as: UInt8.self), generation < 2,
            let stamp = bytes.readInteger(as: UInt64.self),
            let spooled = bytes.readInteger(as: Int64.self), spooled >= 0
        else { return nil }
        self.init(
            partSize: partSize, multipart: nil, generation: Int(generation), stamp: stamp, spooled: spooled)
        guard bytes.readableBytes > 0 else { return }
        guard let key = bytes.readText(), let uploadID = bytes.readText(),
            let count = bytes.readInteger(as: UInt16.self)
        else { return nil }
        var multipart = Multipart(key: ObjectKey(key), uploadID: uploadID)
        for _ in 0..<count {
            guard let etag = bytes.readText() else { return nil }
            multipart.etags.append(etag)
        }
        self.multipart = multipart
    }
}

extension ByteBuffer {
    /// At most 64 KiB.
    fileprivate mutating func write(text: String) {
        writeInteger(UInt16(clamping: text.utf8.count))
        writeBytes(text.utf8.prefix(Int(UInt16.max)))
    }

    fileprivate mutating func readText() -> String? {
        readInteger(as: UInt16.self).flatMap { readString(length: Int($0)) }
    }
}
