import NIOCore
import RegistryCore

/// An upload that a request feeds.
///
/// One write is under way while the next bytes come. What is small never gets so far: it waits here until the checkpoint or the
/// commit, which then opens, writes, syncs and renames in one visit to a thread that may block.
final class FileUpload: BlobUpload {
    /// A write begins with so many bytes.
    private static let writeSize = 256 << 10
    /// More than this, queued and under way, and ``append(_:)`` waits: one write, and what comes for the next meanwhile.
    static let room = 2 * writeSize

    private let file: UploadFile
    private let threads: IOThreads
    /// Has what is queued until the job is done that writes it.
    private let memory: UploadMemory

    private let checkpointState: [UInt8]

    private var queue = WriteQueue()
    private var flight: Flight?
    private var flying = 0
    /// The offset of the next byte to append.
    private var offset: Int64
    /// What ``checkpoint()`` made durable, or its predecessor in an earlier request.
    private var saved: Int64
    private var failure: (any Error)?
    private var isOver = false

    /// - Parameter state: of its checkpoints.
    init(_ file: UploadFile, threads: IOThreads, memory: UploadMemory, at offset: Int64, state: [UInt8]) {
        checkpointState = state
        self.file = file
        self.threads = threads
        self.memory = memory
        self.offset = offset
        saved = offset
    }

    deinit { memory.give(queue.count) }

    func append(_ bytes: ByteBuffer) async throws {
        try check()
        queue.append(bytes)
        memory.take(bytes.readableBytes)
        offset += Int64(bytes.readableBytes)
        if let result = flight?.result {
            flight = nil
            flying = 0
            try noting { try result.get() }
        }
        while true {
            if flight == nil, queue.count >= Self.writeSize { launch() }
            guard flight != nil, queue.count + flying > Self.room || memory.isScarce else { return }
            try await landing()
        }
    }

    func checkpoint() async throws -> UploadCheckpoint {
        try check()
        try await landing()
        // A checkpoint at 0 needs no file: going on from there is beginning.
        if offset > saved {
            let rest = takeRest()
            try await noting { [threads, file, memory] in
                try await threads.run {
                    defer { memory.give(rest.count) }
                    try file.checkpoint(rest.buffers, at: rest.position)
                }
            }
            saved = offset
        }
        return UploadCheckpoint(offset: offset, state: checkpointState)
    }

    func commit(as digest: Digest) async throws -> StoredObject {
        try check()
        defer { isOver = true }
        try await landing()
        let plan = file.plan
        let key = plan.digest == digest ? plan.key : UploadPlan(id: plan.id, digest: digest).key
        let rest = takeRest()
        try await threads.run { [file, memory, offset] in
            defer { memory.give(rest.count) }
            try file.commit(rest.buffers, at: rest.position, size: offset, as: key)
        }
        return StoredObject(key: key, size: offset)
    }

    func abort() async throws {
        isOver = true
        memory.give(takeRest().count)
        try? await landing()
        try await threads.run { [file] in try file.remove() }
    }

    private func check() throws {
        if let failure { throw failure }
        if isOver { throw StorageError(.failed, "upload \(file.plan.id) is over") }
    }

    /// What is queued, for a job to write, which then gives back `count` bytes of memory.
    private func takeRest() -> (position: Int64, count: Int, buffers: [ByteBuffer]) {
        let count = queue.count
        return (offset - Int64(count), count, queue.take())
    }

    private func launch() {
        let rest = takeRest()
        flying = rest.count
        let flight = Flight()
        self.flight = flight
        threads.submit { [file, memory] in
            let result = Result { try file.write(rest.buffers, at: rest.position) }
            memory.give(rest.count)
            flight.land(result)
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
