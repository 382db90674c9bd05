import Foundation
import Synchronization

/// A thread that computes one value. Clients block, and Swift's own threads are as few as the machine's cores.
final class Background<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)
    private let done = DispatchSemaphore(value: 0)

    init(_ body: @escaping @Sendable () throws -> Value) {
        let thread = Thread { [self] in
            let outcome = Result { try body() }
            result.withLock { $0 = outcome }
            done.signal()
        }
        thread.stackSize = 512 << 10
        thread.start()
    }

    var isDone: Bool { result.withLock { $0 != nil } }

    /// Waits for the value. Once only.
    func join() throws -> Value {
        done.wait()
        guard let outcome = result.withLock({ $0 }) else {
            throw NeverHappened(description: "a thread ended without a result")
        }
        return try outcome.get()
    }
}

/// Runs `body` with 0, 1, … on a thread each, waits for all, and gives their values in that order.
/// Expectations belong after it: a failure on a thread of its own is nobody's.
func concurrently<Value: Sendable>(
    _ count: Int,
    _ body: @escaping @Sendable (Int) throws -> Value
) -> [Result<Value, any Error>] {
    let threads = (0..<count).map { index in Background { try body(index) } }
    return threads.map { thread in Result { try thread.join() } }
}
