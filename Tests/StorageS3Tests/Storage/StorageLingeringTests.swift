import Foundation
import NIOCore
import RegistryCore
import S3Servers
import Synchronization
import Testing

@testable import StorageS3

/// Requests that have ended, or ought to, while the next one goes on with their upload.
struct StorageLingeringTests {
    private static let partSize: Int64 = 1 << 20

    /// The spool's jobs, one of which is held.
    private final class Jobs: Sendable {
        private struct State {
            /// So many run before that one.
            var countdown: Int?
            var held: (@Sendable () -> Void)?
        }
        private let state = Mutex(State())

        func hold(after count: Int) { state.withLock { $0.countdown = count } }

        var isHolding: Bool { state.withLock { $0.held != nil } }

        func release() {
            let job = state.withLock { $0.held.take() }
            job?()
        }

        func start(_ job: @escaping @Sendable () -> Void) {
            let isHeld = state.withLock { state in
                guard let countdown = state.countdown else { return false }
                state.countdown = countdown > 0 ? countdown - 1 : nil
                if countdown == 0 { state.held = job }
                return countdown == 0
            }
            if !isHeld { job() }
        }
    }

    private let time = ScriptedTime()
    private let budget: PartBudget
    private let jobs = Jobs()
    private let scripted: ScriptedClient
    private let storage: S3Storage
    private let plan = UploadPlan(id: UploadID())
    /// The server has a part.
    private let saved: UploadCheckpoint

    init() throws {
        budget = PartBudget(limit: Int(Self.partSize), patience: .seconds(2), time: time.still())
        // To a discard: the multipart upload, the object.
        scripted = try ScriptedClient(.ok(), .ok())
        storage = S3Storage(
            scripted.client, spool: try SpoolFolder(temporaryFolder(), start: jobs.start), budget: budget,
            partSize: Self.partSize, opening: Opening(installation: "A", isOpen: true), time: time.time(), logger: quiet
        )
        let multipart = S3Checkpoint.Multipart(key: plan.key, uploadID: "u", etags: ["e"])
        saved =
            S3Checkpoint(partSize: Self.partSize, multipart: multipart, generation: 0, stamp: 0, spooled: 0).checkpoint
    }

    private func bytes(_ byte: UInt8, _ count: Int) -> ByteBuffer { ByteBuffer(repeating: byte, count: count) }

    /// What the spool has for a checkpoint.
    private func spooled(_ checkpoint: UploadCheckpoint) throws -> Data {
        let saved = try S3Checkpoint(checkpoint, of: plan.id)
        let path = storage.spool.tail(plan.id, saved.generation)
        // Behind the stamp.
        return try Data(contentsOf: URL(fileURLWithPath: path)).dropFirst(8)
    }

    /// A request is gone while what it had is being moved to the spool, which is held at its `job`. Then `next` comes, and
    /// the spool goes on once that waits, or is done.
    private func after<T: Sendable>(
        _ checkpoint: UploadCheckpoint, holding job: Int, _ next: @escaping @Sendable () async throws -> T
    ) async throws -> T {
        var first: (any BlobUpload)? = try await storage.resume(plan, from: checkpoint)
        try await first?.append(bytes(7, 200_000))
        jobs.hold(after: job)
        let waiting = Task { [budget] in try await budget.reserve(1) }
        await eventually { budget.waiting == 1 }
        time.pass(.seconds(2))
        await eventually { jobs.isHolding }
        first = nil

        let isDone = Flag()
        let result = Task {
            defer { isDone.raise() }
            return try await next()
        }
        await eventually { storage.live.isAwaited(plan.id) || isDone.isUp }
        jobs.release()
        // The memory comes from the first.
        #expect(try await waiting.value)
        return try await result.value
    }

    @Test(arguments: [0, 1], [true, false])
    func `a spill that is still under way harms no later request`(_ job: Int, _ hasPart: Bool) async throws {
        let first = hasPart ? saved : UploadCheckpoint(offset: 0)
        let second = try await after(first, holding: job) {
            let upload = try await storage.resume(plan, from: first)
            try await upload.append(bytes(9, 50_000))
            return try await upload.checkpoint()
        }
        #expect(second.offset == first.offset + 50_000)
        #expect(try spooled(second) == Data(repeating: 9, count: 50_000))
        _ = try await storage.resume(plan, from: second)
        #expect(scripted.transport.requests.isEmpty)
    }

    @Test(arguments: [0, 1])
    func `a spill that is still under way leaves nothing of an upload that is discarded`(_ job: Int) async throws {
        try await after(saved, holding: job) { try await storage.discard(plan, saved) }
        #expect(try storage.spool.uploads().isEmpty)
        #expect(scripted.transport.isDone)
    }

    enum Act: CaseIterable { case append, checkpoint, commit, abort }

    @Test(arguments: Act.allCases)
    func `an earlier request that lingers cannot harm a later one:`(_ act: Act) async throws {
        let first = try await storage.resume(plan, from: saved)
        try await first.append(bytes(7, 1000))
        let second = try await storage.resume(plan, from: saved)
        try await second.append(bytes(9, 24))
        let checkpoint = try await second.checkpoint()
        do {
            switch act {
            case .append: try await first.append(bytes(7, 2 << 20))
            case .checkpoint: _ = try await first.checkpoint()
            case .commit: _ = try await first.commit(as: ContentHasher(.sha256).digest)
            case .abort: try await first.abort()
            }
            #expect(act == .abort)
        } catch let error as StorageError {
            #expect(error.code == .unavailable)
            #expect(act != .abort)
        }
        #expect(scripted.transport.requests.isEmpty)
        #expect(try spooled(checkpoint) == Data(repeating: 9, count: 24))
        try await second.append(bytes(9, 6))
        #expect(try spooled(try await second.checkpoint()) == Data(repeating: 9, count: 30))
        #expect(budget.used == 0)
    }
}
