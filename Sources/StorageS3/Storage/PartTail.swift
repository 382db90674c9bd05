import NIOCore
import RegistryCore
import Synchronization

/// The bytes of an upload after its last part, until they make a part themselves: in memory that the budget has
/// granted, or in a spool file.
///
/// A part that has begun in a file goes on there: it needs no memory to wait for, and is sent from the file. The
/// upload that owns the tail calls everything here, one call at a time, but ``spill(ifSilentSince:orHeldSince:)``,
/// which the budget calls.
final class PartTail: Sendable {
    /// In memory without asking anybody: most configurations and small layers are no larger.
    private static let free = 64 << 10
    /// A write to the spool file has so many bytes, or all.
    private static let writeSize = 256 << 10

    private struct State {
        var memory: Gathering
        /// Of the budget, in bytes.
        var reserved = 0
        var file: SpoolFile?
        /// Which of the two files.
        var generation = 0
        /// Which of them has the bytes of the last checkpoint; nil: there was none.
        var saved: Int?
        /// Bytes in the file.
        var written: Int64 = 0
        var failure: (any Error)?
        /// The upload is at work here.
        var isBusy = false
        var isSpilling = false
        var waiter: CheckedContinuation<Void, Never>?
        /// When bytes last came, and when memory was granted.
        var touched = Duration.zero
        var held = Duration.zero
    }
    private let state: Mutex<State>
    let id: UploadID
    private let folder: SpoolFolder
    private let budget: PartBudget
    private let live: LiveUploads
    private let time: ClientTime

    /// The upload is this one's from now on. What an earlier one has under way is to be waited for.
    init(_ id: UploadID, _ folder: SpoolFolder, _ budget: PartBudget, _ live: LiveUploads, _ time: ClientTime) {
        state = Mutex(State(memory: Gathering(budget.blocks)))
        self.id = id
        self.folder = folder
        self.budget = budget
        self.live = live
        self.time = time
        live.enter(self)
    }

    deinit {
        live.leave(self)
        budget.leave(self)
        budget.release(state.withLock { $0.reserved })
    }

    /// Goes on with the file that a checkpoint left, cut to its length.
    func resume(_ file: SpoolFile, generation: Int, length: Int64) {
        state.withLock { state in
            state.file = file
            state.generation = generation
            state.saved = generation
            state.written = length
        }
    }

    /// Bytes.
    var count: Int64 { state.withLock { $0.written + Int64($0.memory.count) } }

    /// Takes bytes of the part; returns when there is room for more. `partSize`: what the part may come to.
    func append(_ bytes: ByteBuffer, partSize: Int64) async throws {
        try await begin()
        defer { end() }
        let (isSpooled, needsMemory) = state.withLock { state in
            let count = state.memory.count + bytes.readableBytes
            return (state.file != nil, state.reserved == 0 && count > Self.free)
        }
        if isSpooled {
            let isMuch = state.withLock { state in
                state.memory.append(bytes, isPassing: true)
                return state.memory.count >= Self.writeSize
            }
            if isMuch { try await flush() }
        } else if needsMemory {
            if try await budget.reserve(Int(clamping: partSize)) {
                state.withLock { state in
                    state.reserved = Int(clamping: partSize)
                    state.held = time.elapsed()
                    state.memory.append(bytes)
                }
                budget.enter(self)
            } else {
                // The part is larger than all the memory there is.
                state.withLock { $0.memory.append(bytes) }
                try await flush()
            }
        } else {
            state.withLock { $0.memory.append(bytes) }
        }
    }

    /// What a part, or an object, is made of. Gives its memory back when nobody has it any more.
    struct Content: Sendable {
        var body: TransportRequest.Body
        var lease: PartLease
    }

    /// Everything, as a part. A new one begins.
    func take() async throws -> Content {
        try await begin()
        defer { end() }
        // In memory or in the file, not in both.
        if state.withLock({ $0.file != nil }) { try await flush() }
        return state.withLock { state in
            defer {
                state.file = nil
                state.written = 0
                state.reserved = 0
            }
            budget.leave(self)
            let buffers = state.memory.take()
            let lease = PartLease(budget, state.reserved, buffers)
            guard let file = state.file else { return Content(body: .buffers(buffers), lease: lease) }
            return Content(body: file.body(state.written), lease: lease)
        }
    }

    /// Moves everything to the file, and makes it durable. Which file, and how much there is.
    func save() async throws -> (generation: Int, stamp: UInt64, length: Int64) {
        try await begin()
        defer { end() }
        return try await live.during(self) {
            try await flush()
            guard let file = state.withLock({ $0.file }) else { return (0, 0, 0) }
            try await noting { try await folder.run { try file.sync() } }
            return state.withLock { state in
                state.saved = state.generation
                return (state.generation, file.stamp, state.written)
            }
        }
    }

    /// Moves everything to the file if the upload does nothing just now, and the time has come.
    func spill(ifSilentSince silent: Duration, orHeldSince held: Duration) async {
        let begins = state.withLock { state in
            guard !state.isBusy, !state.isSpilling, state.reserved > 0, state.failure == nil,
                state.touched <= silent || state.held <= held
            else { return false }
            state.isSpilling = true
            return true
        }
        guard begins else { return }
        try? await flush()
        let waiter = state.withLock { state in
            state.isSpilling = false
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// Writes what is in memory, and gives the memory back. Throws if a later request has the upload.
    private func flush() async throws {
        let (buffers, count, offset, present) = state.withLock { state in
            let count = Int64(state.memory.count)
            return (state.memory.take(), count, state.written, state.file)
        }
        // Also when it fails: then nobody has the bytes any more.
        defer {
            let reserved = state.withLock { state in
                defer { state.reserved = 0 }
                return state.reserved
            }
            budget.leave(self)
            budget.release(reserved, buffers)
        }
        if count > 0 {
            try await noting {
                try await live.during(self) {
                    let file = try await open(present)
                    try await folder.run { try file.write(buffers, at: offset) }
                }
            }
        }
        state.withLock { $0.written += count }
    }

    private func open(_ file: SpoolFile?) async throws -> SpoolFile {
        if let file { return file }
        // Not the file that the upload's row speaks of.
        let generation = state.withLock { $0.saved == 0 ? 1 : 0 }
        folder.enter(id)
        let path = folder.tail(id, generation)
        let made = try await folder.run { try SpoolFile.create(path) }
        state.withLock { state in
            state.file = made
            state.generation = generation
        }
        return made
    }

    private func begin() async throws {
        let isSpilling = state.withLock { state in
            state.isBusy = true
            return state.isSpilling
        }
        if isSpilling { await spilled() }
        if let failure = state.withLock({ $0.failure }) {
            end()
            throw failure
        }
    }

    private func spilled() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.isSpilling { state.waiter = continuation }
                return !state.isSpilling
            }
            if isOver { continuation.resume() }
        }
    }

    private func end() {
        let now = time.elapsed()
        state.withLock { state in
            state.isBusy = false
            state.touched = now
        }
    }

    /// What was in memory is lost then, so that nothing can go on.
    private func noting<T>(_ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch {
            state.withLock { $0.failure = error }
            throw error
        }
    }
}

/// Memory of the budget that a part holds while it is sent.
final class PartLease: Sendable {
    private let budget: PartBudget
    private let bytes: Int
    private let buffers: [ByteBuffer]

    init(_ budget: PartBudget, _ bytes: Int, _ buffers: [ByteBuffer]) {
        self.budget = budget
        self.bytes = bytes
        self.buffers = buffers
    }

    deinit { budget.release(bytes, buffers) }
}
