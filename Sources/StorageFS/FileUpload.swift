import NIOCore
import RegistryCore

/// An upload that a request feeds.
///
/// One write is under way while the next bytes come. What is small never gets so far: it waits here until the checkpoint or the
/// commit, which then opens, writes, syncs and renames in one visit to a thread that may block.
final class FileUpload: BlobUpload {
    /// A write begins with so many bytes.
    private static let writeSize = 256 << 10
    /// More than this, queued and under way, and ``append(_:)`` waits.
    private static let room = 1 << 20

    private let file: UploadFile
    private let threads: IOThreads

    private var queue = WriteQueue()
    private var flight: Flight?
    private var flying = 0
    /// The offset of the next byte to append.
    private var offset: Int64
    /// What ``checkpoint()`` made durable, or its predecessor in an earlier request.
    private var saved: Int64
    private var failure: (any Error)?
    private var isOver = false

    init(_ file: UploadFile, threads: IOThreads, at offset: Int64) {
        self.file = file
        self.threads = threads
        self.offset = offset
        saved = offset
    }

    func append(_ bytes: ByteBuffer) async throws {
        try check()
        queue.append(bytes)
        offset += Int64(bytes.readableBytes)
        if let result = flight?.result {
            flight = nil
            flying = 0
            try noting { try result.get() }
        }
        while true {
            if flight == nil, queue.count >= Self.writeSize { launch() }
            guard flight != nil, queue.count + flying > Self.room else { return }
            try await landing()
        }
    }

    func checkpoint() async throws -> UploadCheckpoint {
        try check()
        try await landing()
        // A checkpoint at 0 needs no file: going on from there is beginning.
        if offset > saved {
            let (position, buffers) = takeRest()
            try await noting { [threads, file] in
                try await threads.run { try file.checkpoint(buffers, at: position) }
            }
            saved = offset
        }
        return UploadCheckpoint(offset: offset, state: FileStorage.checkpointState)
    }

    func commit(as digest: Digest) async throws -> StoredObject {
        try check()
        defer { isOver = true }
        try await landing()
        let plan = file.plan
        let key = plan.digest == digest ? plan.key : UploadPlan(id: plan.id, digest: digest).key
        let (position, buffers) = takeRest()
        try await threads.run { [file, offset] in
            try file.commit(buffers, at: position, size: offset, as: key)
        }
        return StoredObject(key: key, size: offset)
    }

    func abort() async throws {
        isOver = true
        _ = queue.take()
        try? await landing()
        try await threads.run { [file] in try file.remove() }
    }

    private func check() throws {
        if let failure { throw failure }
        if isOver { throw StorageError(.failed, "upload \(file.plan.id) is over") }
    }

    private func takeRest() -> (position: Int64, [ByteBuffer]) {
        let position = offset - Int64(queue.count)
        return (position, queue.take())
    }

    private func launch() {
        flying = queue.count
        let (position, buffers) = takeRest()
        let flight = Flight()
        self.flight = flight
        threads.submit { [file] in
            flight.land(Result { try file.write(buffers, at: position) })
        }
    }

    private func landing() async throws {
        guard let flight else { return }
        self.flight = nil
        try await noting { try await flight.landing() }
        flying = 0
    }

    /// What failed once fails for good: above all, a failed fdatasync must not be tried again.
    private func noting(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch {
            failure = error
            throw error
        }
    }

    private func noting(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch {
            failure = error
            throw error
        }
    }
}
