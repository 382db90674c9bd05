import RegistryCore
import Synchronization
import Testing

@testable import Authentication

struct HashingThreadsTests {
    @Test func `all jobs run, however few the threads`() async throws {
        let threads = HashingThreads(count: 2, queue: FairQueue(mostOfAddress: 1000))
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 1...1000 { group.addTask { try await threads.run(for: "a") { number } } }
            return try await group.reduce(0, +)
        }
        #expect(sum == 500_500)
    }

    @Test func `one more than may wait of an address is refused, the others are not`() async throws {
        let threads = HashingThreads(count: 1, queue: FairQueue(mostOfAddress: 2))
        let gate = Gate()
        try await withThrowingTaskGroup(of: Result<Void, RegistryError>.self) { group in
            gate.put((), before: threads, of: "a", in: &group)
            await gate.reached()
            for _ in 0..<5 { group.addTask { try await outcome { try await threads.run(for: "a") {} } } }
            for _ in 0..<3 {
                let refusal = try #require(try await group.next())
                #expect(throws: RegistryError.self) { try refusal.get() }
                if case .failure(let error) = refusal { #expect(error.code == .tooManyRequests) }
            }
            #expect(threads.waiting == 2)
            gate.open()
            for try await result in group { try result.get() }
        }
    }

    private final class Order: Sendable {
        private let order = Mutex<[String]>([])
        var all: [String] { order.withLock { $0 } }
        func append(_ text: String) { order.withLock { $0.append(text) } }
    }

    @Test func `one that comes after many of another address waits for one of them`() async throws {
        let threads = HashingThreads(count: 1)
        let gate = Gate()
        let order = Order()
        try await withThrowingTaskGroup(of: Result<Void, RegistryError>.self) { group in
            gate.put((), before: threads, of: "gate", in: &group)
            await gate.reached()
            for count in 1...64 {
                let address = count < 64 ? "many" : "one"
                group.addTask {
                    try await outcome {
                        try await threads.run(for: address) { order.append(address) }
                    }
                }
                await eventually { threads.waiting == count }
            }
            gate.open()
            for try await result in group { try result.get() }
        }
        #expect(order.all == ["many", "one"] + Array(repeating: "many", count: 62))
    }
}
