import NIOCore
import RegistryCore
import S3Servers
import Synchronization
import Testing

@testable import StorageS3

/// The memory that uploads share.
struct StorageBudgetTests {
    private final class Order: Sendable {
        let numbers = Mutex<[Int]>([])
    }

    private func tail(_ folder: SpoolFolder, _ budget: PartBudget, _ time: ClientTime) -> PartTail {
        PartTail(UploadID(), folder, budget, LiveUploads(), time)
    }

    private func bytes(_ count: Int) -> ByteBuffer { ByteBuffer(repeating: 7, count: count) }

    @Test func `lets nobody in before those who came first`() async throws {
        let budget = PartBudget(limit: 100)
        #expect(try await budget.reserve(60))
        let order = Order()
        await withTaskGroup(of: Void.self) { group in
            // The first would not fit beside what is there; the second would, but is second.
            for (index, bytes) in [50, 10].enumerated() {
                group.addTask {
                    _ = try? await budget.reserve(bytes)
                    order.numbers.withLock { $0.append(index) }
                    budget.release(bytes)
                }
                await eventually { budget.waiting == index + 1 }
            }
            #expect(budget.used == 60)
            budget.release(60)
        }
        // Both fit now, and whichever runs first says so first.
        #expect(order.numbers.withLock { $0.sorted() } == [0, 1])
        #expect(budget.used == 0)
    }

    @Test func `has nothing for a part that is larger than everything`() async throws {
        #expect(try await PartBudget(limit: 100).reserve(101) == false)
    }

    @Test func `lets a cancelled one go without its share`() async throws {
        let budget = PartBudget(limit: 10)
        #expect(try await budget.reserve(10))
        let waiting = Task { try await budget.reserve(5) }
        await eventually { budget.waiting == 1 }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        budget.release(10)
        #expect(budget.used == 0)
        #expect(budget.waiting == 0)
    }

    @Test func `moves what a stalled client has to the spool when somebody waits`() async throws {
        let time = ScriptedTime()
        let budget = PartBudget(limit: 1 << 20, patience: .seconds(2), time: time.still())
        let folder = try SpoolFolder(temporaryFolder())
        let stalled = tail(folder, budget, time.time())
        try await stalled.append(bytes(200_000), partSize: 1 << 20)
        #expect(budget.used == 1 << 20)

        let other = tail(folder, budget, time.time())
        let waiting = Task { try await other.append(ByteBuffer(repeating: 8, count: 200_000), partSize: 1 << 20) }
        await eventually { budget.waiting == 1 }
        time.pass(.seconds(1))
        for _ in 0..<100 { await Task.yield() }
        #expect(budget.waiting == 1)
        time.pass(.seconds(1))
        try await waiting.value

        // The stalled one goes on in its file, without asking for memory.
        try await stalled.append(bytes(800_000), partSize: 1 << 20)
        #expect(stalled.count == 1_000_000)
        let content = try await stalled.take()
        guard case .file(_, _, let length, _) = content.body else { throw StorageError(.failed, "not in a file") }
        #expect(length == 1_000_000)
        #expect(budget.used == 1 << 20)
    }

    @Test func `gives back what a dropped upload had`() async throws {
        let budget = PartBudget(limit: 1 << 20)
        let folder = try SpoolFolder(temporaryFolder())
        do {
            let dropped = tail(folder, budget, .system)
            try await dropped.append(bytes(200_000), partSize: 1 << 20)
            #expect(budget.used == 1 << 20)
        }
        #expect(budget.used == 0)
    }

    enum Way: CaseIterable { case sent, saved, dropped }

    @Test(arguments: Way.allCases, [100_000, 1 << 20])
    func `keeps no memory when all uploads are over:`(_ way: Way, _ limit: Int) async throws {
        let budget = PartBudget(limit: limit)
        let folder = try SpoolFolder(temporaryFolder())
        do {
            let tail = tail(folder, budget, .system)
            // Under the lower limit it goes to the file at once.
            try await tail.append(bytes(200_000), partSize: 1 << 20)
            switch way {
            case .sent: _ = try await tail.take()
            case .saved: _ = try await tail.save()
            case .dropped: break
            }
        }
        #expect(budget.used == 0)
        #expect(budget.blocks.idleCount == 0)
    }

    @Test func `asks for no memory for small blobs`() async throws {
        let budget = PartBudget(limit: 1 << 20)
        let small = tail(try SpoolFolder(temporaryFolder()), budget, .system)
        for _ in 0..<60_000 { try await small.append(bytes(1), partSize: 1 << 20) }
        #expect(budget.used == 0)
        #expect(small.count == 60_000)
    }

    @Test func `keeps the file of the last checkpoint while it writes the next part`() async throws {
        let folder = try SpoolFolder(temporaryFolder())
        let tail = tail(folder, PartBudget(limit: 0), .system)
        try await tail.append(bytes(100), partSize: 1000)
        let first = try await tail.save()
        _ = try await tail.take()
        try await tail.append(bytes(300), partSize: 1000)
        let second = try await tail.save()
        #expect(first.generation != second.generation)
        #expect(first.length == 100)
        #expect(second.length == 300)
    }

    @Test(arguments: [1, 1000, 65_535, 65_536, 200_000])
    func `gathers pieces of any size without changing a byte`(_ piece: Int) {
        let content = ByteBuffer(bytes: [UInt8].pattern(300_000))
        var gathering = Gathering(PartBlocks())
        var rest = content
        while let next = rest.readSlice(length: min(piece, rest.readableBytes)), next.readableBytes > 0 {
            gathering.append(next)
        }
        #expect(gathering.count == 300_000)
        var whole = ByteBuffer()
        for var buffer in gathering.take() { whole.writeBuffer(&buffer) }
        #expect(whole == content)
    }
}

extension ScriptedTime {
    /// Time stands still until `pass` is called; pauses are turns of the executor.
    func still() -> ClientTime {
        var still = time()
        still.pause = { _ in
            try Task.checkCancellation()
            await Task.yield()
        }
        return still
    }
}
