import Dispatch
import RegistryCore
import Synchronization
import Testing

@testable import Authentication

struct HashingThreadsTests {
    @Test func `all jobs run, however few the threads`() async throws {
        let threads = try HashingThreads(count: 2, queue: 1000)
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 1...1000 { group.addTask { try await threads.run { number } } }
            return try await group.reduce(0, +)
        }
        #expect(sum == 500_500)
    }

    private final class Counter: Sendable {
        private let count = Atomic(0)
        var value: Int { count.load(ordering: .relaxed) }
        func raise() { count.add(1, ordering: .relaxed) }
    }

    @Test func `one more than may wait is refused, the others are not`() async throws {
        let threads = try HashingThreads(count: 1, queue: 2)
        let gate = DispatchSemaphore(value: 0)
        let (stuck, refused, done) = (Counter(), Counter(), Counter())
        try await withThrowingTaskGroup { group in
            group.addTask {
                try await threads.run {
                    stuck.raise()
                    gate.wait()
                }
            }
            await eventually { stuck.value == 1 }
            for _ in 0..<5 {
                group.addTask {
                    do {
                        try await threads.run { done.raise() }
                    } catch let error as RegistryError where error.code == .unavailable {
                        refused.raise()
                    }
                }
            }
            await eventually { refused.value == 3 }
            #expect(done.value == 0)
            gate.signal()
            try await group.waitForAll()
        }
        #expect(done.value == 2)
        #expect(refused.value == 3)
    }
}
