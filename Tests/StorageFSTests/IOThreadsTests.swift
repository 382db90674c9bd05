import Dispatch
import Synchronization
import Testing

@testable import StorageFS

struct IOThreadsTests {
    private final class Counter: Sendable {
        private let count = Atomic(0)
        var value: Int { count.load(ordering: .relaxed) }
        func raise() { count.add(1, ordering: .relaxed) }
    }

    @Test func `other jobs go on while 24 are stuck`() async throws {
        let threads = IOThreads()
        let gate = DispatchSemaphore(value: 0)
        let stuck = Counter()
        await withTaskGroup { group in
            for _ in 0..<24 {
                group.addTask {
                    try? await threads.run {
                        stuck.raise()
                        gate.wait()
                    }
                }
            }
            await until { stuck.value == 24 }
            for _ in 0..<100 { try? await threads.run {} }
            for _ in 0..<24 { gate.signal() }
        }
    }

    @Test func `all jobs run, however few the threads`() async throws {
        let threads = IOThreads(limit: 2)
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 1...1000 { group.addTask { try await threads.run { number } } }
            return try await group.reduce(0, +)
        }
        #expect(sum == 500_500)
    }

    @Test func `jobs outlive the one who submitted them`() async throws {
        let done = Counter()
        do {
            let threads = IOThreads(limit: 1)
            for _ in 0..<50 { threads.submit { done.raise() } }
        }
        await until { done.value == 50 }
    }
}
